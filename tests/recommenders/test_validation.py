from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre.recommenders._validation import top, validation
from genre.testing.data import tiny_task

N = 24


def reference(split, scores, k, hides_seen=True):
    """NDCG@k of users with validation items, one by one."""
    train, valid = split.train.histories(), split.valid.histories()
    found = []
    for row, user in enumerate(np.flatnonzero(valid.lengths)):
        order = [item for item in np.argsort(-scores[row], kind="stable") if not (hides_seen and item in train[user])][
            :k
        ]
        truth = set(valid[user].tolist())
        gain = sum(1 / np.log2(rank + 2) for rank, item in enumerate(order) if item in truth)
        found.append(gain / sum(1 / np.log2(rank + 2) for rank in range(min(k, len(truth)))))
    return np.array(found)


def test_agrees_with_a_user_by_user_count():
    task = tiny_task()
    split, judge = task.split, validation(task, "ndcg@5")
    scores = np.random.default_rng(0).normal(size=(len(judge), N)).astype(np.float32)
    np.testing.assert_allclose(judge.values(scores.copy()), reference(split, scores, 5))
    np.testing.assert_allclose(judge.values(scores[4:9].copy(), 4), reference(split, scores, 5)[4:9])
    assert judge.measure(lambda _: scores.copy()) == pytest.approx(reference(split, scores, 5).mean())


def test_what_lists_may_hold_again_is_judged():
    task = replace(tiny_task(), hides_seen=False)
    judge = validation(task, "ndcg@5")
    scores = np.random.default_rng(0).normal(size=(len(judge), N)).astype(np.float32)
    for row in range(len(judge)):
        scores[row, judge.histories[row]] += 5
    np.testing.assert_allclose(judge.values(scores.copy()), reference(task.split, scores, 5, hides_seen=False))
    assert (reference(task.split, scores, 5, hides_seen=False) != reference(task.split, scores, 5)).any()


def test_samples_users_by_seed():
    task = tiny_task()
    few = [validation(replace(task, seed=seed), n_users=7).histories.item_rows.tolist() for seed in (0, 0, 1)]
    assert few[0] == few[1] != few[2]
    assert len(validation(task, n_users=7)) == 7


def test_nobody_to_judge_on():
    task = tiny_task()
    nobody = replace(task.split, valid=task.split.valid.take(np.arange(0)))
    assert validation(replace(task, split=nobody)) is None


@given(st.integers(0, 99), st.integers(1, 9))
def test_top_is_a_stable_sort(seed, k):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 50, size=(4, 7)).astype(np.float32)
    scores[rng.random(scores.shape) < 0.2] = -np.inf
    found = top(scores, k)
    for row in range(4):
        expected = np.sort(scores[row])[::-1][:k]
        np.testing.assert_array_equal(found.scores[row], expected)
        listed = found.item_rows[row][found.item_rows[row] >= 0]
        np.testing.assert_array_equal(scores[row, listed], expected[np.isfinite(expected)])
