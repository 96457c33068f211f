"""Cross-validation over interactions and over users."""

import numpy as np
import pytest

from genre.core.slot import Slot

ROWS = [(user, item, 10 * user + item) for user in range(8) for item in range(3 + user)]


def test_over_interactions_each_is_judged_once(dataset, splits, places):
    folds = splits("kfold", dataset(ROWS), folds=3)
    assert [split.fold for split in folds] == [0, 1, 2]
    assert sorted(place for split in folds for place in places(split.test)) == list(range(len(ROWS)))
    for split in folds:
        assert set(split.test.user_rows) <= set(split.train.user_rows), "every judged user has something to learn from"
        assert split.history is None and len(split.valid)


def test_over_interactions_folds_of_a_user_are_even(dataset, splits):
    folds = splits("kfold", dataset(ROWS), folds=3)
    counts = np.array([split.test.activity() for split in folds])
    assert (counts.max(axis=0) - counts.min(axis=0) <= 1).all()


def test_users_with_few_interactions_are_never_judged(dataset, splits):
    for split in splits("kfold", dataset([*ROWS, (8, 0, 1), (8, 1, 2)]), folds=3):
        assert split.train.activity()[8] == 2


def test_over_users_each_is_a_stranger_once(dataset, splits):
    folds = splits("kfold", dataset(ROWS), over="users", folds=4, judged=0.4)
    assert sorted(user for split in folds for user in np.unique(split.test.user_rows)) == list(range(8))
    for split in folds:
        taught, judged, steered = (set(part.user_rows) for part in (split.train, split.test, split.valid))
        assert not taught & (judged | steered) and not judged & steered
        assert set(split.history.user_rows) == judged | steered


def test_over_users_the_last_are_judged_and_the_rest_is_history(dataset, splits):
    (split, *_) = splits("kfold", dataset(ROWS), over="users", folds=4, judged=0.4)
    for user in np.unique(split.test.user_rows):
        n = 3 + user
        n_judged = int(0.4 * n + 0.5)
        assert split.test.item_rows[split.test.user_rows == user].tolist() == list(range(n - n_judged, n))
        assert split.test_histories()[user].tolist() == list(range(n - n_judged))
        assert split.seen().activity()[user] == n - n_judged


def test_learners_see_nothing_of_the_judged_users(dataset, splits):
    for split in splits("kfold", dataset(ROWS), over="users", folds=4):
        judged = set(split.test.user_rows)
        given = split.without_test()
        assert not judged & set(given.history.user_rows) and not judged & set(given.seen().user_rows)
        steered = np.unique(given.valid.user_rows)
        assert (given.valid_histories().lengths[steered] > 0).all()


@pytest.mark.parametrize("over", ["interactions", "users"])
def test_seeds_matter(dataset, splits, over):
    data = dataset(ROWS)
    first, other = (splits("kfold", data, seed=seed, over=over)[0].test.to_frame().rows() for seed in (1, 2))
    assert first != other


def test_hold_out_over_users(dataset):
    split = Slot("splitters").build({"type": "kfold", "over": "users", "valid": 0.25}).hold_out(dataset(ROWS), 1)
    steered = np.unique(split.valid.user_rows)
    assert len(steered) == 2 and not set(steered) & set(split.train.user_rows)
    assert (split.valid_histories().lengths[steered] > 0).all()
