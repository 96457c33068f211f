"""The contract of indexes: they find the rows whose vectors have the largest inner products with a query."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import State
from genre.core.component import Component, ComponentConfig
from genre.indexes._blocks import blockwise
from genre.values import Embeddings, Rankings


class IndexConfig(ComponentConfig):
    """Base of index configs."""


@dataclass(frozen=True)
class IndexHealth:
    """How an index does.

    Attributes:
        type: the word of the recipe.
        n_rows: that it finds.
        is_exact: whether every row is compared, by choice or since nothing else was good enough.
        recall: share of the truly best rows that it found when it was last compared with exact search; None: never.
        effort: candidates looked at for a query; None where all are.
        n_bytes: of memory beside the vectors.
    """

    type: str
    n_rows: int
    is_exact: bool
    recall: float | None = None
    effort: int | None = None
    n_bytes: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Index(Component, ABC):
    """Stands over a table of vectors, N x D, and finds in it.

    A built index is a value: `following` gives another one for a table of which some rows changed, and the old one goes
    on finding in the old table. Cosines are inner products of vectors of length 1. What is found is compared by the
    vectors themselves, so that scores are exact whatever the index approximates.
    """

    config: IndexConfig
    _table: Embeddings

    def build(self, table: Embeddings, queries: NDArray[np.float32] | None = None) -> Self:
        """Get ready to find the rows of `table` that are present.

        Args:
            queries: float32 [Q, D], like those that will be asked, to see how good answers are; None: vectors of rows.

        Raises:
            MissingExtraError: the package that it stands on is not installed.
        """
        self._table = table
        self._build(queries)
        return self

    @abstractmethod
    def following(self, table: Embeddings, changed: NDArray[np.integer]) -> Self:
        """The same for a table whose rows `changed` (int [n], new ones included) are new, other, or present no more."""

    def search(self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None) -> Rankings:
        """The k best rows for each of B queries, B x D; always min(k, all that are allowed and present).

        Args:
            allowed: bool [N], rows that may be found; None: all.
        """
        mask = self._table.present if allowed is None else self._table.present & allowed
        return self._search(queries, k, mask)

    def exactly(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_]) -> Rankings:
        """As `search` by comparing every row of `mask` (bool [N])."""
        return blockwise(self._table.vectors, mask, queries, k)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Rows that may be found: bool [N]."""
        return self._table.present

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self._table)

    @property
    @abstractmethod
    def health(self) -> IndexHealth:
        """How it does."""

    def reopen(self, table: Embeddings, state: State) -> Self:
        """Take back what `state` gave, over the same table.

        Raises:
            BundleError: the state is of another table, or broken.
        """
        self._table = table
        self._reopen(state)
        return self

    def _build(self, queries: NDArray[np.float32] | None) -> None:
        """Get ready over `_table`."""

    def _reopen(self, state: State) -> None:
        """As `reopen`, over `_table`."""

    @abstractmethod
    def _search(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_]) -> Rankings:
        """As `search`, `mask` being bool [N] of rows that are present."""
