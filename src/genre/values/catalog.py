"""What is known about items and users beside who touched what."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from genre.values import columns
from genre.values.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Catalog:
    """Tables in vocabulary order.

    Attributes:
        items: N rows, row i is the item at row i of `item_vocabulary`; nulls where an item has no entry.
        users: U rows in the order of `user_vocabulary`, or None.
        graph: head, relation, tail (text), or None.
        links: item_id, entity_id: which item is which entity of the graph, or None.
        reviews: user_row, item_row (Int32), perhaps timestamp (ms) and rating, and the columns of text: what users
            wrote about items, in the order of the file; or None. What learns gets those of training pairs only.
    """

    item_vocabulary: Vocabulary
    user_vocabulary: Vocabulary
    items: pl.DataFrame
    users: pl.DataFrame | None = None
    graph: pl.DataFrame | None = None
    links: pl.DataFrame | None = None
    reviews: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        if not self.items[columns.ITEM_ID].equals(self.item_vocabulary.ids.alias(columns.ITEM_ID)):
            raise ValueError("items: rows must follow the item vocabulary")
        if self.users is not None and not self.users[columns.USER_ID].equals(
            self.user_vocabulary.ids.alias(columns.USER_ID)
        ):
            raise ValueError("users: rows must follow the user vocabulary")
        if self.reviews is not None:
            for name, limit in ((columns.USER_ROW, self.n_users), (columns.ITEM_ROW, self.n_items)):
                rows = self.reviews[name]
                if rows.dtype != pl.Int32 or rows.null_count() or not rows.is_between(0, limit - 1).all():
                    raise ValueError(f"reviews: {name} must be Int32 in 0..{limit - 1}")

    @property
    def n_items(self) -> int:
        return len(self.item_vocabulary)

    @property
    def n_users(self) -> int:
        return len(self.user_vocabulary)
