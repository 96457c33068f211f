"""The `data` section of a drafted recipe, with the reason for every choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import yaml

from genre.pipeline._draft_columns import ColumnLook
from genre.pipeline._draft_graph import GraphRoles, LinkRoles
from genre.pipeline._draft_parts import part_words
from genre.pipeline._draft_reviews import ReviewRoles
from genre.pipeline._draft_roles import Choice, InteractionRoles, SideTable
from genre.pipeline._draft_unread import doubts, unread
from genre.pipeline._draft_written import UNITS

FEW_TIMES = 10
"""With fewer different times than this there is no before and after to cut between."""


@dataclass(frozen=True, eq=False)
class Tables:
    """Every table with its role.

    Attributes:
        source: the type of the source.
        path: the folder or file of a source that finds its tables itself.
        options: fields of the source without which the tables cannot be read.
    """

    source: str
    interactions: InteractionRoles
    items: SideTable | None = None
    users: SideTable | None = None
    graph: GraphRoles | None = None
    links: LinkRoles | None = None
    reviews: ReviewRoles | None = None
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def data_section(tables: Tables, lists: Mapping[str, str]) -> Iterator[str]:
    """The lines of `data:`."""
    yield "data:"
    yield "  source:"
    yield f"    type: {tables.source}"
    if tables.path:
        yield f"    path: {scalar(tables.path)}"
    else:
        yield from _paths(tables)
    for name, value in tables.options.items():
        yield f"    {name}: {scalar(value)}{_OPTION_NOTES.get(name, '')}"
    yield from _columns(tables.interactions)
    yield from _side_columns(tables)
    if lists and not tables.path:
        yield f"    lists: {scalar(dict(lists))}  # several values in one text, cut here"
    yield from _forms(tables)
    yield from _threshold(tables.interactions)
    yield f"  splitter: {splitter(tables.interactions)}"


def splitter(roles: InteractionRoles) -> str:
    """The splitter and the reason for it, as it stands in the recipe."""
    if roles.part is not None:
        words = part_words(roles.table.frame[roles.part.column]) or {}
        options = {name: word for name, word in words.items() if word != name}
        chosen = scalar({"type": "predefined", **options}) if options else "predefined"
        return f"{chosen}  # '{roles.part.column}' says which interactions teach, steer and judge"
    if roles.time is None:
        return "holdout  # no times: a random share of each user's interactions judges"
    column = roles.table.column(roles.time.column)
    if not column.unit:
        return f"leave_one_out  # '{column.name}' holds places in an order, not times: each user's last item judges"
    if column.n_distinct < FEW_TIMES:
        return f"leave_one_out  # only {column.n_distinct} different times: each user's last interaction judges"
    return "temporal  # the last tenth by time judges, the tenth before it steers; also leave_one_out, holdout"


def scalar(value: Any) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


_OPTION_NOTES = {
    "encoding": "  # the files are not UTF-8; if letters look wrong, name another encoding",
    "headers": "  # no header row: these names were made up",
}


def _paths(tables: Tables) -> Iterator[str]:
    roles = tables.interactions
    rejected = f"; not {', '.join(roles.rejected)}" if roles.rejected else ""
    yield f"    interactions: {scalar(str(roles.table.path))}  # {roles.table.size}, one per interaction{rejected}"
    for word, side in (("items", tables.items), ("users", tables.users)):
        if side is not None:
            note = f"{side.table.size}, by '{side.key}', which {side.covered:.0%} of the ids in use are found in"
            yield f"    {word}: {scalar(str(side.table.path))}  # {note}"
    if tables.graph is not None:
        yield f"    graph: {scalar(str(tables.graph.table.path))}  # {tables.graph.table.size} of a knowledge graph"
    if tables.links is not None:
        yield f"    links: {scalar(str(tables.links.table.path))}  # which item is which entity of the graph"
    if tables.reviews is not None:
        reviews = tables.reviews.table
        yield f"    reviews: {scalar(str(reviews.path))}  # {reviews.size} of what users wrote about items"


def _columns(roles: InteractionRoles) -> Iterator[str]:
    """The interactions' columns; those with our names are named too, so that the reasons stand somewhere."""
    yield "    columns:"
    chosen = (("user_id", roles.user), ("item_id", roles.item), ("rating", roles.rating), ("weight", roles.weight))
    for name, choice in (*chosen, ("timestamp", roles.time), ("part", roles.part)):
        if choice is not None:
            yield f"      {name}: {scalar(choice.column)}  # {_note(name, choice, roles)}"
    for name, reason in unread(roles):
        yield f"      {name}: none  # '{name}' is not read: {reason}"
    for name, reason in doubts(roles):
        yield f"      # '{name}' is not read: {reason}"


def _forms(tables: Tables) -> Iterator[str]:
    """How times and fractions are written, where the source must be told."""
    roles = tables.interactions
    if roles.time is not None:
        time = roles.table.column(roles.time.column)
        if time.time_form:
            yield f"    time_format: {scalar(time.time_form)}  # such as {time.example}"
    columns = [roles.table.column(choice.column) for choice in (roles.rating, roles.weight, roles.time) if choice]
    sides = (side for side in (tables.items, tables.users) if side is not None)
    columns += [column for side in sides for column in side.table.columns]
    found = next((column for column in columns if column.decimal == ","), None)
    if found is not None:
        yield f"    decimal: \",\"  # '{found.name}' has commas before fractions, such as {found.example}"


def _note(name: str, choice: Choice, roles: InteractionRoles) -> str:
    column = roles.table.column(choice.column)
    seen = {
        "rating": f"from {column.low:g} to {column.high:g}, {column.middle:g} in the middle",
        "weight": f"from {column.low:g} to {column.high:g}: how much an interaction counts",
        "timestamp": _span(column),
    }.get(name, f"{column.n_distinct:,} different, such as {column.example}; {choice.why}")
    return seen + (f"; not {', '.join(choice.rejected)}" if choice.rejected else "")


def _span(column: ColumnLook) -> str:
    if not column.unit:
        return "places in an order"
    if column.unit == "date":
        return f"dates, such as {column.example}"
    first, last = (str(np.datetime64(int(value / UNITS[column.unit]), "s"))[:10] for value in (column.low, column.high))
    return f"{column.unit} since 1970, from {first} to {last}"


def _side_columns(tables: Tables) -> Iterator[str]:
    for name, key, side in (("item", "item_id", tables.items), ("user", "user_id", tables.users)):
        if side is not None and side.key != key:
            yield f"    {name}_columns: {scalar({key: side.key})}"
    graph, links = tables.graph, tables.links
    if (
        graph is not None
        and not tables.path
        and (graph.head, graph.relation, graph.tail) != ("head", "relation", "tail")
    ):
        yield f"    graph_columns: {scalar({'head': graph.head, 'relation': graph.relation, 'tail': graph.tail})}"
    if links is not None and not tables.path and (links.item, links.entity) != ("item_id", "entity_id"):
        yield f"    link_columns: {scalar({'item_id': links.item, 'entity_id': links.entity})}"
    if tables.reviews is not None and tables.reviews.columns:
        yield f"    review_columns: {scalar(tables.reviews.columns)}"


def _threshold(roles: InteractionRoles) -> Iterator[str]:
    if roles.rating is None:
        return
    column = roles.table.column(roles.rating.column)
    liked = max(column.middle, column.low + 0.6 * (column.high - column.low))
    yield "    # Every rating counts as interest, also a low one. To learn from liked items only:"
    yield f"    # rating_threshold: {np.ceil(liked):g}"
