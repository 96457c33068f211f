"""Looks at tables, recognises what they hold and drafts a commented recipe that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from genre.core.errors import DataError, Fault
from genre.pipeline._draft_features import Features, features_of
from genre.pipeline._draft_graph import graph_of, links_of
from genre.pipeline._draft_recbole import atomic_file, recbole_tables
from genre.pipeline._draft_recipe import recipe_text
from genre.pipeline._draft_reviews import reviews_of
from genre.pipeline._draft_roles import InteractionRoles, SideTable, interactions_of, side_table
from genre.pipeline._draft_source import Tables
from genre.pipeline._draft_tables import TableLook, files_of, look_at
from genre.sources._kinds import file_kind

MIXED_MEND = "Save it as UTF-8 with a header row under a name that ends in .csv, or save both as one kind."


@dataclass(frozen=True)
class Recognised:
    """One thing that was recognised: its role, the file, and which column does what."""

    role: str
    file: str
    columns: str


@dataclass(frozen=True)
class Draft:
    """A drafted recipe.

    Attributes:
        text: the YAML.
        recognised: what it was made from.
    """

    text: str
    recognised: tuple[Recognised, ...]


def draft(paths: Sequence[str | PathLike[str]]) -> Draft:
    """A recipe for tables: csv, parquet, jsonl (also .gz), a folder of them, or RecBole's atomic files.

    Raises:
        DataError: a file is missing or broken, or none of the tables says who touched what.
    """
    given = [Path(path) for path in paths]
    atomic = atomic_file(given)
    if atomic is not None:
        tables, looks = recbole_tables(atomic)
        used = [look.path for look in looks]
        folder = {atomic, atomic.parent}
        others = [path.name for path in given if path not in used and path not in folder]
    else:
        looks = look_at(files_of(given))
        tables = _assigned(looks)
        others = [look.path.name for look in looks if look not in _used(tables).values()]
    features, profiles = _features(tables.items), _features(tables.users)
    if tables.reviews is not None:
        features = replace(features, chosen=(*features.chosen, *tables.reviews.features()))
    return Draft(
        recipe_text(tables, features, profiles, others), tuple(_recognised(tables, features, profiles, others))
    )


def _assigned(looks: Sequence[TableLook]) -> Tables:
    """The tables with their roles."""
    graph = graph_of(looks)
    rest = [look for look in looks if graph is None or look is not graph.table]
    links = links_of(graph, rest) if graph is not None else None
    rest = [look for look in rest if links is None or look is not links.table]
    roles = interactions_of(rest)
    items = side_table(roles, rest, "item")
    users = side_table(roles, [look for look in rest if items is None or look is not items.table], "user")
    sides = [side.table for side in (items, users) if side is not None]
    reviews = reviews_of(roles, [look for look in rest if look not in sides])
    tables = Tables(roles.table.word, roles, items, users, graph, links, reviews)
    _refuse_mixed(tables)
    return replace(tables, options=_options(tables))


def _options(tables: Tables) -> dict[str, Any]:
    """Fields of the source without which the files cannot be read."""
    encodings = {look.encoding for look in _used(tables).values()} - {"utf-8"}
    headers = {word: list(look.header) for word, look in _used(tables).items() if look.header}
    options: dict[str, Any] = {"encoding": min(encodings)} if encodings else {}
    return options | ({"headers": headers} if headers else {})


def _refuse_mixed(tables: Tables) -> None:
    """Text tables beside interactions of another kind must say what they are and need no options.

    Raises:
        DataError: names those that do not.
    """
    odd = [
        Fault(str(look.path), f"is a text table, the interactions are {tables.source}.", MIXED_MEND)
        for look in _used(tables).values()
        if look.word != tables.source and (file_kind(look.path) != look.word or look.header or look.encoding != "utf-8")
    ]
    if odd:
        raise DataError(odd)


def _used(tables: Tables) -> dict[str, TableLook]:
    """The tables that have a role, by the source's word for it."""
    parts = {
        "interactions": tables.interactions,
        "items": tables.items,
        "users": tables.users,
        "graph": tables.graph,
        "links": tables.links,
        "reviews": tables.reviews,
    }
    return {word: part.table for word, part in parts.items() if part is not None}


def _features(side: SideTable | None) -> Features:
    return Features() if side is None else features_of(side.table, side.key)


def _recognised(tables: Tables, features: Features, profiles: Features, others: Sequence[str]) -> list[Recognised]:
    roles = tables.interactions
    bare = " (no header row)" if roles.table.header else ""
    found = [Recognised("interactions", roles.table.path.name, _spoken(roles) + bare)]
    for word, side, chosen in (("items", tables.items, features), ("users", tables.users, profiles)):
        if side is not None:
            shown = [f"{word[:-1]}_id: {side.key}"]
            shown += [f"{feature.name}: {', '.join(feature.columns)}" for feature in chosen.chosen if not feature.table]
            shown[-1] += " (no header row)" if side.table.header else ""
            found.append(Recognised(word, side.table.path.name, "; ".join(shown)))
    if tables.graph is not None:
        graph = tables.graph
        found.append(Recognised("graph", graph.table.path.name, f"{graph.head}, {graph.relation}, {graph.tail}"))
    if tables.links is not None:
        found.append(Recognised("links", tables.links.table.path.name, f"{tables.links.item}, {tables.links.entity}"))
    if tables.reviews is not None:
        written = ", ".join((*tables.reviews.texts, *tables.reviews.tags))
        found.append(Recognised("reviews", tables.reviews.table.path.name, written))
    found += [Recognised("not used", name, "") for name in others]
    return found


def _spoken(roles: InteractionRoles) -> str:
    chosen = {
        "user_id": roles.user,
        "item_id": roles.item,
        "rating": roles.rating,
        "weight": roles.weight,
        "timestamp": roles.time,
        "part": roles.part,
    }
    return "; ".join(f"{name}: {choice.column}" for name, choice in chosen.items() if choice is not None)
