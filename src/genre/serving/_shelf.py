"""Items as they are now: a model, what was added to it, and what may be listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import GenreError
from genre.pipeline.model import Model
from genre.ranking.filter import FilterRanker
from genre.serving._conditions import Conditions, kept
from genre.serving.records import Record
from genre.values import Embeddings, columns

MASKS = 256
"""Filters whose items are remembered."""


@dataclass(eq=False)
class Placed:
    """A model with items that came.

    Attributes:
        faults: ids that could not be taken in, with the reason.
    """

    model: Model
    faults: list[tuple[str, GenreError]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Shelf:
    """A model and which of its items may be listed; replaced as a whole when items change.

    Attributes:
        version: of the bundle.
        listed: bool [N], False for items that were deleted.
        arrived: float64 [N], seconds since 1970 when an item came, -inf for those of the bundle.
    """

    version: str
    model: Model
    listed: NDArray[np.bool_]
    arrived: NDArray[np.float64]
    _masks: dict[Conditions, NDArray[np.bool_]] = field(default_factory=dict)

    @staticmethod
    def of(version: str, model: Model) -> Shelf:
        """As the bundle has it."""
        n_items = model.catalog.n_items
        return Shelf(version, model, np.ones(n_items, dtype=np.bool_), np.full(n_items, -np.inf))

    @property
    def n_items(self) -> int:
        return self.model.catalog.n_items

    @cached_property
    def ids(self) -> list[str]:
        """By row."""
        found: list[str] = self.model.catalog.item_vocabulary.ids.to_list()
        return found

    @property
    def units(self) -> Embeddings | None:
        """Item vectors of length 1, None where there are none."""
        return self.model.vectors

    @cached_property
    def offered(self) -> NDArray[np.bool_]:
        """What the recipe lets be recommended of the items that may be listed: bool [N]."""
        filters = [step for step in self.model.rankers if isinstance(step, FilterRanker)]
        return np.all([self.listed, *(step.kept(self.model.catalog) for step in filters)], axis=0)  # type: ignore[no-any-return]

    def rows(self, ids: Sequence[str]) -> NDArray[np.int32]:
        """Rows of ids, -1 for unknown ones."""
        return self.model.catalog.item_vocabulary.rows(ids)

    def mask(self, conditions: Conditions | None) -> NDArray[np.bool_]:
        """Which items may be listed and fulfil the conditions: bool [N].

        Raises:
            RecipeError: the conditions do not fit the items.
        """
        if conditions is None:
            return self.listed
        found = self._masks.get(conditions)
        if found is None:
            found = kept(conditions, self.model.catalog) & self.listed
            if len(self._masks) >= MASKS:
                self._masks.clear()
            self._masks[conditions] = found
        return found

    def without(self, ids: Sequence[str]) -> Shelf:
        """The shelf on which those of these items that it has are no longer listed."""
        rows = self.rows(ids)
        if not self.listed[rows[rows >= 0]].any():
            return self
        listed = self.listed.copy()
        listed[rows[rows >= 0]] = False
        return replace(self, listed=listed, _masks={})

    def placed(self, records: Sequence[Record]) -> Placed:
        """Items encoded and given their place: together where that goes, else one by one, so that one bad item keeps
        no other away; deleted ones are passed over. It takes its time, and what is listed stays as it is."""
        records = [one for one in records if one.columns is not None]
        rows = [{columns.ITEM_ID: one.id, **(one.columns or {})} for one in records]
        try:
            return Placed(self.model.with_items(rows) if rows else self.model)
        except GenreError as error:
            if len(records) == 1:
                return Placed(self.model, [(records[0].id, error)])
        found = Placed(self.model)
        for record, row in zip(records, rows, strict=True):
            try:
                found.model = found.model.with_items([row])
            except GenreError as error:
                found.faults.append((record.id, error))
        return found

    def with_placed(self, records: Sequence[Record], placed: Placed, at: float) -> Shelf:
        """The shelf with items that were placed as they are listed now, and others as they are here.

        Args:
            records: those that were placed, deleted ones among them.
            at: seconds since 1970.
        """
        model = placed.model
        known = model.catalog.item_vocabulary.rows([one.id for one in records])
        n_new = model.catalog.n_items - self.n_items
        listed, arrived = np.pad(self.listed, (0, n_new)), np.pad(self.arrived, (0, n_new), constant_values=at)
        bad = {id for id, _ in placed.faults}
        for record, row in zip(records, known, strict=True):
            if row >= 0 and record.id not in bad:
                listed[row] = record.columns is not None
        return replace(self, model=model, listed=listed, arrived=arrived, _masks={})
