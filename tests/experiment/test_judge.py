"""Judging agrees with lists and counts made user by user in plain Python."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from genre.config.recipe import RANKERS
from genre.core.errors import DataError
from genre.experiment.exam import Exam
from genre.experiment.judge import judge
from genre.testing.data import tiny_dataset
from genre.values import Interactions, Split

DEPTH = 6


def touched(part: Interactions, user: int) -> set[int]:
    return set(part.item_rows[part.user_rows == user].tolist())


@pytest.fixture
def with_repeats(split: Split) -> Split:
    """Test items that come twice, and some that the user touched in training."""
    random = np.random.default_rng(3)
    more = split.train.take(random.choice(len(split.train), 20, replace=False))
    return replace(split, test=Interactions.concat([split.test, split.test.take(np.arange(10)), more]))


HIDING = [RANKERS.build("exclude_seen")]


@pytest.mark.parametrize("part", ["test", "valid"])
@pytest.mark.parametrize("block_rows", [1, 7, 1024])
def test_lists_and_hits(
    with_repeats: Split, fitted: Any, part: Any, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genre.experiment.judge.BLOCK_ROWS", block_rows)
    model, truth = fitted(), with_repeats.test if part == "test" else with_repeats.valid
    before = [with_repeats.train, with_repeats.valid] if part == "test" else [with_repeats.train]
    exam = Exam.of(with_repeats, tiny_dataset().catalog, part)
    judgement = judge(model, exam, HIDING, DEPTH).judgement
    assert exam.user_rows.tolist() == sorted(set(truth.user_rows.tolist()))
    for place, user in enumerate(exam.user_rows):
        seen = set().union(*(touched(side, user) for side in before))
        left = [item for item in range(exam.n_items) if item not in seen]
        expected = sorted(left, key=lambda item: (-model.table[user, item], item))[:DEPTH]
        relevant = touched(truth, user)
        assert judgement.rankings.item_rows[place].tolist() == expected
        assert judgement.hits[place].tolist() == [item in relevant for item in expected]
        assert judgement.n_relevant[place] == len(relevant)


def test_only_candidates_are_listed(split: Split, fitted: Any) -> None:
    candidates = np.arange(split.train.n_items) % 2 == 0
    exam = Exam.of(replace(split, candidates=candidates), tiny_dataset().catalog)
    listed = judge(fitted(), exam, [], 20).judgement.rankings.item_rows
    assert (listed[listed >= 0] % 2 == 0).all()
    assert (listed == -1).any()


def test_rankers_change_the_lists_but_not_the_auc(split: Split, fitted: Any) -> None:
    exam = Exam.of(split, tiny_dataset().catalog)
    rankers = [RANKERS.build({"type": "filter", "column": "year", "at_least": 1990}), RANKERS.build("softmax")]
    plain, changed = judge(fitted(), exam, [], DEPTH, True), judge(fitted(), exam, rankers, DEPTH, True)
    listed = changed.judgement.rankings.item_rows
    assert listed[listed >= 0].min() >= 10
    np.testing.assert_array_equal(plain.judgement.auc, changed.judgement.auc)
    assert plain.cost.seconds > 0


def test_auc_equals_scikit_learn(with_repeats: Split, fitted: Any) -> None:
    candidates = np.arange(with_repeats.train.n_items) != 4
    exam = Exam.of(replace(with_repeats, candidates=candidates), tiny_dataset().catalog)
    model = fitted()
    model.table[:, 3:9] = -np.inf
    got = judge(model, exam, HIDING, 3, with_auc=True).judgement.auc
    n_defined = 0
    for place, user in enumerate(exam.user_rows):
        seen = touched(with_repeats.train, user) | touched(with_repeats.valid, user)
        left = [item for item in np.flatnonzero(candidates) if item not in seen]
        labels = [item in touched(with_repeats.test, user) for item in left]
        if not any(labels) or all(labels):
            assert np.isnan(got[place])
            continue
        n_defined += 1
        expected = roc_auc_score(labels, np.maximum(model.table[user, left], -1e6))
        assert got[place] == pytest.approx(expected, abs=1e-12)
    assert n_defined > 20


def test_an_empty_part_is_a_fault_of_the_data(split: Split) -> None:
    with pytest.raises(DataError, match="leaves no test interaction"):
        Exam.of(split.without_test(), tiny_dataset().catalog)


def test_judging_follows_the_recipe_in_whether_seen_items_are_listed(with_repeats: Split, fitted: Any) -> None:
    model, exam = fitted(), Exam.of(with_repeats, tiny_dataset().catalog)
    repeats = [
        (place, item)
        for place, user in enumerate(exam.user_rows)
        for item in exam.relevant[place].tolist()
        if item in touched(with_repeats.train, user) | touched(with_repeats.valid, user)
    ]
    assert exam.n_repeats() == len(repeats) > 0

    depth = exam.n_items
    without, with_seen = (judge(model, exam, rankers, depth).judgement for rankers in (HIDING, []))

    listed = [(place, item) for place, item in repeats if item in without.rankings.item_rows[place]]
    assert listed == []
    assert all(item in with_seen.rankings.item_rows[place] for place, item in repeats)
