from dataclasses import replace

import numpy as np
import pytest

from genre.recommenders._recency import Recency, RecencySection, choose
from genre.testing.data import tiny_task
from genre.values import Histories, Interactions, Split, Vocabulary


def test_weights_halve_with_age_down_to_the_floor():
    histories = Histories.of([[4, 2, 7], [1]], n_items=8)
    weights = Recency(half_life=1.0, floor=0.2).weights(histories)
    assert weights == pytest.approx([0.2 + 0.8 / 4, 0.2 + 0.8 / 2, 1.0, 1.0])
    assert weights.dtype == np.float32


def test_own_weights_multiply():
    histories = replace(Histories.of([[4, 2]], n_items=8), weights=np.float32([3.0, 5.0]))
    assert Recency(half_life=1.0).weights(histories) == pytest.approx([1.5, 5.0])
    assert Recency().bag(histories).toarray()[0, [2, 4]] == pytest.approx([5.0, 3.0])


def test_of_a_repeated_item_the_newest_counts_once():
    histories = Histories.of([[3, 1, 3], [], [0]], n_items=4)
    bag = Recency(half_life=1.0).bag(histories).toarray()
    assert bag == pytest.approx(np.array([[0, 0.5, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]))


def test_a_given_section_is_taken_as_it_is():
    chosen = choose(RecencySection(half_life=5.0, floor=0.3), tiny_task(), pytest.fail)
    assert chosen == Recency(5.0, 0.3)


def test_without_validation_part_histories_stay_plain():
    task = tiny_task()
    bare = replace(task, split=replace(task.split, valid=task.split.valid.take(np.arange(0))))
    assert choose("auto", bare, pytest.fail) == Recency()
    assert choose("none", task, pytest.fail) == Recency()


def chain(n_users=30, n_items=40, length=8):
    """Users who walk on from film to film: only the newest one tells the next."""
    items = Vocabulary([str(row) for row in range(n_items)])
    users = Vocabulary([str(row) for row in range(n_users)])
    random = np.random.default_rng(0)
    starts = random.integers(0, n_items, n_users)
    walk = np.stack([np.r_[random.permutation(n_items)[: length - 2], start] for start in starts])
    after = (starts + 1) % n_items
    rows = np.arange(n_users, dtype=np.int32)

    def part(table):
        each = table.shape[1]
        times = np.tile(np.arange(each), n_users)
        return Interactions(users, items, np.repeat(rows, each), table.astype(np.int32).ravel(), times)

    split = Split(part(walk), part(after[:, None]), part(after[:, None])).without_test()
    return replace(tiny_task(), split=split)


def test_auto_finds_that_only_the_newest_item_matters():
    follow = np.roll(np.eye(40, dtype=np.float32), 1, axis=1)
    chosen = choose("auto", chain(), lambda bag: (bag @ follow).astype(np.float32))
    assert chosen.half_life is not None


def test_auto_keeps_plain_histories_where_order_says_nothing():
    def popular(bag):
        return np.tile(np.arange(40, dtype=np.float32), (bag.shape[0], 1))

    assert choose("auto", chain(), popular) == Recency()
