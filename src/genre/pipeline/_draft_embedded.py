"""Content of items that stands in the table of interactions, repeated from row to row."""

from __future__ import annotations

import polars as pl

from genre.pipeline._draft_roles import InteractionRoles

CONSTANT_SHARE = 0.98
"""Share of the items with several interactions that must have one value only."""


def item_columns(roles: InteractionRoles) -> tuple[str, ...]:
    """Columns of the interactions that have one value per item, as titles and categories do."""
    item = roles.item.column
    chosen = (roles.user, roles.item, roles.time, roles.rating, roles.weight, roles.part)
    taken = {choice.column for choice in chosen if choice is not None}
    likely = [
        column.name
        for column in roles.table.columns
        if column.name not in taken and column.kind in ("text", "category", "list", "number") and column.n_distinct > 1
    ]
    frame = roles.table.frame
    flat = [name for name in likely if not frame.schema[name].is_nested()]
    counted = frame.group_by(item).agg(pl.len().alias("rows of the item"), pl.col(flat).n_unique())
    repeated = counted.filter(pl.col("rows of the item") > 1)
    if repeated.is_empty():
        return ()
    return tuple(name for name in flat if (repeated[name] == 1).mean() >= CONSTANT_SHARE)  # type: ignore[operator]
