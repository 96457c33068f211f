"""genre keys: who may ask a service."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genre.cli._options import AsJson, print_json

if TYPE_CHECKING:
    from genre.serving.store.access import ApiKey


def command(
    bundle: Annotated[Path | None, typer.Argument(help="As of genre serve: its store holds the keys.")] = None,
    settings: Annotated[Path | None, typer.Option("--settings", help="Settings file of genre serve.")] = None,
    store: Annotated[
        str | None, typer.Option("--store", help="As of genre serve; the variable GENRE_STORE counts too.")
    ] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Whose keys, where there are several.")] = None,
    new: Annotated[str | None, typer.Option("--new", metavar="NAME", help="Make a key and show it this once.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="Of the new key: read, events, catalogue, admin, public; may be repeated."),
    ] = None,
    revoke: Annotated[str | None, typer.Option("--revoke", metavar="ID", help="Let a key open nothing more.")] = None,
    as_json: AsJson = False,
) -> None:
    """List, make and revoke the keys of a service, without one: it takes access to its store."""
    from genre.serving.server.run import check_packages

    if bool(new) != bool(scope) or (new and revoke):
        raise typer.BadParameter("give --new with --scope, or --revoke, or neither")
    check_packages()
    from genre.serving.server.keys import KeyDesk
    from genre.serving.server.plan import read_plan

    desk = KeyDesk.open(read_plan(bundle, settings, {} if store is None else {"store": store}), tenant)
    with closing(desk.store):
        if new and scope:
            key = desk.make(new, scope)
            print_json({"key": key}) if as_json else print(key)
            return
        if revoke:
            desk.revoke(revoke)
        keys = desk.all()
    if as_json:
        print_json({"keys": [_shown(key) for key in keys]})
    else:
        _show(keys)


def _shown(key: ApiKey) -> dict[str, Any]:
    return {name: value for name, value in vars(key).items() if name != "digest"}


def _show(keys: list[ApiKey]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("id", "name", "scopes", "made", "state"):
        table.add_column(title)
    for key in keys:
        made = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d %H:%M")
        state = "good" if key.revoked_at is None else "revoked"
        if key.expires_at is not None and key.revoked_at is None:
            state = "until " + datetime.fromtimestamp(key.expires_at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(key.key_id, key.name, ", ".join(key.scopes), made, state)
    Console().print(table)
