"""Random shares of each user's interactions."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from genre.core.slot import Slot


def counts(part, n_users):
    return np.bincount(part.user_rows, minlength=n_users).tolist()


def test_shares_are_taken_of_each_user(dataset, splits):
    rows = (
        [(0, item, 0) for item in range(20)] + [(1, item, 0) for item in range(10)] + [(2, 0, 0), (2, 1, 0), (2, 2, 0)]
    )
    (split,) = splits("holdout", dataset([*rows, (3, 0, 0), (3, 1, 0)]), valid=0.1, test=0.25)
    assert counts(split.test, 4) == [5, 2, 1, 0], "halves go to the even number"
    assert counts(split.valid, 4) == [2, 1, 1, 0]
    assert counts(split.train, 4) == [13, 7, 1, 2]
    assert split.seed == 1


def test_every_interaction_has_the_same_chance(dataset, splits):
    data = dataset([(0, item, item) for item in range(10)])
    chosen = np.zeros(10)
    for seed in range(400):
        (split,) = splits("holdout", data, seed=seed, valid=0.2, test=0.3)
        chosen[split.test.item_rows] += 1
    spread = np.sqrt(400 * 0.3 * 0.7)
    assert np.abs(chosen - 400 * 0.3).max() < 4.5 * spread


def test_history_is_chosen(dataset, splits):
    data = dataset([(0, item, 0) for item in range(10)])
    (with_valid,), (without,) = splits("holdout", data), splits("holdout", data, history="train")
    assert with_valid.test_histories().lengths.tolist() == [9]
    assert without.test_histories().lengths.tolist() == [8]
    assert without.seen().activity().tolist() == [9]


def test_no_validation_part_on_request(dataset, splits):
    (split,) = splits("holdout", dataset([(0, item, 0) for item in range(10)]), valid=0)
    assert len(split.valid) == 0 and len(split.test) == 1


def test_shares_that_leave_nothing_are_refused():
    with pytest.raises(ValidationError, match="below 1"):
        Slot("splitters").component("holdout").config_type()(valid=0.5, test=0.5)


def test_a_seed_of_its_own_outlives_the_recipes(dataset, splits):
    data = dataset([(0, item, 0) for item in range(30)])
    first, other = (splits("holdout", data, seed=seed) for seed in (1, 2))
    assert first[0].test.to_frame().rows() != other[0].test.to_frame().rows()
    config = Slot("splitters").component("holdout").config_type()(seed=5)
    fixed = [next(Slot("splitters").build(config).split(data, seed)) for seed in (1, 2)]
    assert fixed[0].test.to_frame().rows() == fixed[1].test.to_frame().rows()


SHARED = Path(__file__).parents[3] / "shared"
PUBLISHED = SHARED / "splits" / "ml100k_P2.parquet", SHARED / "data" / "ml100k" / "interactions.parquet"


@pytest.mark.skipif(not all(path.exists() for path in PUBLISHED), reason="needs the published split of MovieLens-100k")
def test_reproduces_the_published_split(splits):
    wanted = pl.read_parquet(PUBLISHED[0]).select("user_id", "item_id", "part")
    users = str(PUBLISHED[1].with_name("users.parquet"))
    data = Slot("sources").build({"type": "parquet", "interactions": str(PUBLISHED[1]), "users": users}).read()
    (split,) = splits("holdout", data, seed=42)
    got = split.to_frame().select("user_id", "item_id", "part")
    assert got.sort(pl.all()).equals(wanted.sort(pl.all()))
