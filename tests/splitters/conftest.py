"""Interactions written as tuples."""

import numpy as np
import polars as pl
import pytest

from genre.core.slot import Slot
from genre.values import Catalog, Dataset, Interactions, Vocabulary


def dataset_of(rows, parts=None, n_users=None, n_items=None):
    """A dataset of (user row, item row, time) tuples; times None: there are none."""
    users, items, times = zip(*rows, strict=True)
    user_ids = Vocabulary([f"u{row}" for row in range(n_users or max(users) + 1)])
    item_ids = Vocabulary([f"i{row}" for row in range(n_items or max(items) + 1)])
    interactions = Interactions(
        user_ids,
        item_ids,
        np.array(users, dtype=np.int32),
        np.array(items, dtype=np.int32),
        None if times[0] is None else np.array(times, dtype=np.int64),
        ratings=np.arange(len(rows), dtype=np.float32),
    )
    catalog = Catalog(item_ids, user_ids, pl.DataFrame({"item_id": item_ids.ids}))
    return Dataset(interactions, catalog, parts=None if parts is None else pl.Series(parts, dtype=pl.String))


@pytest.fixture(scope="session")
def dataset():
    return dataset_of


@pytest.fixture
def splits():
    """All splits of a splitter of this type."""

    def of(kind, data, seed=1, **fields):
        return list(Slot("splitters").build({"type": kind, **fields}).split(data, seed))

    return of


@pytest.fixture
def places():
    """Row numbers of a part: the ratings of these datasets count interactions from 0."""

    def of(part):
        return part.ratings.astype(int).tolist()

    return of
