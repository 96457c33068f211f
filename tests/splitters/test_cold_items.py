"""Items unseen in training."""

import numpy as np

from genre.core.slot import Slot

ROWS = [(user, item, user + item) for user in range(6) for item in range(20) if (user + item) % 3]


def test_judged_items_are_unseen_and_the_only_candidates(dataset, splits):
    (split,) = splits("cold_items", dataset(ROWS, n_items=25))
    cold = np.unique(split.test.item_rows)
    assert len(cold) == 4, "a fifth of the 20 touched items"
    assert np.flatnonzero(split.candidates).tolist() == cold.tolist()
    assert np.flatnonzero(split.valid_candidates).tolist() == np.unique(split.valid.item_rows).tolist()
    taught, steered = set(split.train.item_rows), set(split.valid.item_rows)
    assert not taught & set(cold) and not steered & set(cold) and not taught & steered
    assert len(steered) == 2


def test_histories_hold_items_of_the_training_part(dataset, splits):
    (split,) = splits("cold_items", dataset(ROWS))
    assert set(split.test_histories().item_rows) == set(split.train.item_rows)


def test_warm_validation(dataset, splits):
    (split,) = splits("cold_items", dataset(ROWS), valid=0.25, valid_items="warm")
    assert set(split.valid.item_rows) <= set(split.train.item_rows)
    assert split.valid_candidates is None
    assert len(split.valid) == int(0.25 * (len(split.train) + len(split.valid)) + 0.5)


def test_seeds_choose_items(dataset, splits):
    data = dataset(ROWS)
    chosen = {tuple(np.flatnonzero(splits("cold_items", data, seed=seed)[0].candidates)) for seed in range(5)}
    assert len(chosen) > 1


def test_hold_out_steers_by_unseen_items(dataset):
    split = Slot("splitters").build("cold_items").hold_out(dataset(ROWS), 1)
    assert not set(split.train.item_rows) & set(split.valid.item_rows) and len(split.valid)
    assert split.candidates is None and split.valid_candidates.sum() == 2
