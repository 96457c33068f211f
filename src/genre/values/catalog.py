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
    """

    item_vocabulary: Vocabulary
    user_vocabulary: Vocabulary
    items: pl.DataFrame
    users: pl.DataFrame | None = None
    graph: pl.DataFrame | None = None
    links: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        if not self.items[columns.ITEM_ID].equals(self.item_vocabulary.ids.alias(columns.ITEM_ID)):
            raise ValueError("items: rows must follow the item vocabulary")
        if self.users is not None and not self.users[columns.USER_ID].equals(
            self.user_vocabulary.ids.alias(columns.USER_ID)
        ):
            raise ValueError("users: rows must follow the user vocabulary")

    @property
    def n_items(self) -> int:
        return len(self.item_vocabulary)

    @property
    def n_users(self) -> int:
        return len(self.user_vocabulary)
