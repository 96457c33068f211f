"""genre recommend: lists from a bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from genre.cli._options import AsJson, print_json, working


def command(
    bundle: Annotated[Path, typer.Argument(help="Folder that genre fit wrote.", show_default=False)],
    user: Annotated[list[str] | None, typer.Option("--user", "-u", help="A known user; may be repeated.")] = None,
    history: Annotated[
        list[str] | None, typer.Option("--history", help="Item ids of a stranger, oldest first: a,b,c.")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", help='What a stranger is, as JSON: {"age": 30}; one per history.')
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Length of the list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Recommend items to known users, or to strangers with a history, a profile, or both."""
    from genre.pipeline.bundle import load

    if bool(user) == bool(history or profile):
        wrong = "give --user, or --history and --profile, not both" if user else "give --user, --history or --profile"
        raise typer.BadParameter(wrong)
    profiles = [_profile(text) for text in profile or ()]
    with working(as_json):
        model = load(bundle)
        posted = None if not history else [[id.strip() for id in text.split(",") if id.strip()] for text in history]
        lists = model.recommend(users=user or None, histories=posted, profiles=profiles or None, k=k)
    if as_json:
        print_json(_document(lists))
    else:
        _show(lists, model)


def _profile(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"--profile {text}: write a JSON object, such as '{{\"age\": 30}}'")
    return found


def _document(lists: Any) -> dict[str, Any]:
    users = lists["user_id"].unique(maintain_order=True).to_list()
    groups = lists.partition_by("user_id", as_dict=True)
    return {
        "recommendations": [
            {"user_id": user, "items": groups[(user,)].drop("user_id").with_columns(why=None).to_dicts()}
            for user in users
        ]
    }


def _show(lists: Any, model: Any) -> None:
    from rich.console import Console

    from genre.cli._tables import list_table

    for user, part in lists.group_by("user_id", maintain_order=True):
        Console().print(list_table(f"For {user[0]}", part["item_id"].to_list(), model.catalog, part["score"].to_list()))
