import dataclasses

import numpy as np
import pytest

from genre.core.errors import DataError
from genre.recommenders.popularity import PopularityConfig, PopularityRecommender
from genre.testing import tiny_task
from genre.testing.data import DAY_MS
from genre.values import Histories, Interactions, Split, Vocabulary

STRANGER = Histories.of([[0]], n_items=3)


def task_of(item_rows, days):
    users, items = Vocabulary(["u"]), Vocabulary(["a", "b", "c"])
    rows = np.asarray(item_rows, dtype=np.int32)
    times = None if days is None else np.asarray(days, dtype=np.int64) * DAY_MS
    train = Interactions(users, items, np.zeros(len(rows), np.int32), rows, times)
    none = train.take(np.arange(0))
    return dataclasses.replace(tiny_task(), split=Split(train, none, none))


def test_counts_training_interactions():
    scores = PopularityRecommender().fit(task_of([0, 1, 1], None)).score(STRANGER)[0]
    assert scores[:2].tolist() == [1.0, 2.0]
    assert np.isneginf(scores[2])


def test_old_interactions_fade():
    model = PopularityRecommender(PopularityConfig(half_life_days=10)).fit(task_of([0, 0, 1], [0, 10, 20]))
    assert model.score(STRANGER)[0, :2] == pytest.approx([0.25 + 0.5, 1.0])


def test_fading_needs_times():
    with pytest.raises(DataError, match=r"half_life_days.*timestamps"):
        PopularityRecommender(PopularityConfig(half_life_days=10)).fit(task_of([0], None))
