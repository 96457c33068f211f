"""Towers that predict ratings."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from genre.core.errors import DataError, RecipeError
from genre.recommenders._rating_validation import rating_validation
from genre.recommenders._tower_build import batches, build
from genre.recommenders.base import Task
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing.data import tiny_task
from genre.training.settings import EarlyStopping, TrainingConfig
from genre.values import Catalog, Histories, Interactions, Split, Vocabulary

torch.set_num_threads(1)
N_USERS, N_ITEMS = 80, 20


def tower(**fields):
    base = {"dim": 8, "user": "mean", "matching": {"type": "dot", "bias": "both"}, "loss": "mse", "norm": 1.0}
    return TowerRecommender(TowerConfig(**{**base, **fields}))


def biased_task(epochs=40):
    """Ratings are 3, plus what the user and what the item is above it; the last of each user's 12 is held out."""
    random = np.random.default_rng(0)
    users, items = Vocabulary([f"u{i}" for i in range(N_USERS)]), Vocabulary([f"i{i}" for i in range(N_ITEMS)])
    kind, worth = random.choice([-1.0, 1.0], N_USERS), random.choice([-0.5, 0.5], N_ITEMS)
    rows = np.concatenate([random.permutation(N_ITEMS)[:12] for _ in range(N_USERS)])
    owners = np.repeat(np.arange(N_USERS), 12)
    ratings = (3 + kind[owners] + worth[rows]).astype(np.float32)
    times = np.tile(np.arange(12), N_USERS)
    flat = Interactions(users, items, owners.astype(np.int32), rows.astype(np.int32), times, None, ratings)
    split = Split(flat.take(times < 11), flat.take(times == 11), flat.take(times < 0))
    catalog = Catalog(items, users, pl.DataFrame({"item_id": items.ids}))
    training = TrainingConfig(epochs=epochs, batch_size=16, learning_rate=1e-2, warmup_steps=5, n_threads=1)
    return Task(split, catalog, training=training)


def root_error(task, predicted):
    valid = task.split.valid
    order = np.argsort(valid.user_rows)
    return np.sqrt(np.square(predicted[np.arange(N_USERS), valid.item_rows[order]] - valid.ratings[order]).mean())


def test_reads_users_from_the_ratings_of_their_histories():
    """Items alone cannot tell who rates high: without ratings in the history, the error is that of user biases."""
    task = biased_task()
    model = tower().fit(task)
    histories = task.split.valid_histories()
    assert model.predicts_ratings
    assert root_error(task, model.rate(histories)) < 0.25
    assert root_error(task, model.rate(replace(histories, ratings=None))) > 0.8
    np.testing.assert_array_equal(model.rate(histories), np.clip(model.score(histories), 1.5, 4.5))


def test_stops_by_rmse_of_the_validation_part():
    task = biased_task(epochs=6)
    model = tower().fit(task)
    assert model.curve.metric == "rmse"
    values = [entry.value for entry in model.curve.epochs]
    assert model.curve.best_epoch == 1 + int(np.argmin(values))
    expected = root_error(task, model.rate(task.split.valid_histories()))
    assert min(values) == pytest.approx(expected, rel=1e-5)


def test_other_metrics_can_stop_it_and_rmse_stops_no_other_loss():
    task = biased_task(epochs=1)
    by_lists = task.training.model_copy(update={"early_stopping": EarlyStopping(metric="ndcg@5")})
    assert tower().fit(replace(task, training=by_lists)).curve.metric == "ndcg@5"
    by_errors = task.training.model_copy(update={"early_stopping": EarlyStopping(metric="mae")})
    assert tower().fit(replace(task, training=by_errors)).curve.metric == "mae"
    with pytest.raises(RecipeError, match="'mae' cannot steer"):
        tower(loss="softmax").fit(replace(task, training=by_errors))


def test_nobody_and_nothing_known_get_about_the_mean():
    task = biased_task()
    model = tower().fit(task)
    rated = model.rate(Histories.of([[]], N_ITEMS))[0]
    assert abs(rated.mean() - task.split.train.ratings.mean()) < 0.5
    assert 1.5 <= rated.min() <= rated.max() <= 4.5


def test_saved_scales_and_opinions_come_back():
    task = biased_task(epochs=2)
    model, again = tower().fit(task), tower()
    again.restore(model.state())
    histories = task.split.valid_histories()
    np.testing.assert_array_equal(model.rate(histories), again.rate(histories))
    assert again.predicts_ratings


def test_without_ratings_it_says_so():
    task = biased_task()
    bare = replace(task.split.train, ratings=None)
    for train in (bare, replace(bare, ratings=np.full(len(bare), np.nan, np.float32))):
        with pytest.raises(DataError, match="learns from ratings"):
            tower().fit(replace(task, split=replace(task.split, train=train)))


def test_missing_ratings_teach_nothing():
    task = biased_task(epochs=2)
    train, odd = task.split.train, np.arange(len(task.split.train)) % 3 == 0
    holed = replace(train, ratings=np.where(odd, np.nan, train.ratings).astype(np.float32))
    task = replace(task, split=replace(task.split, train=holed))
    network = build(tower()._plan, task, None).network.eval()
    windows = next(iter_windows(task))
    loss = network(windows)["mse"]
    users = network._users(network._read_with(windows, network.candidates[:0])[0])
    assert torch.isfinite(loss)
    given = windows.ratings[:, 1:][windows.items[:, 1:] >= 0]
    targets = network.read_items()[0][windows.items[:, 1:][windows.items[:, 1:] >= 0]]
    predicted = network.matching(users, targets.unsqueeze(1)).squeeze(1) + network.rated.scale.mean
    expected = (predicted - given)[torch.isfinite(given)].square().mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)
    none = windows._replace(ratings=torch.full_like(windows.ratings, torch.nan))
    assert network(none)["mse"].item() == 0.0


def iter_windows(task):
    return batches(tower()._plan, task)(np.random.default_rng(0))


def _validated_by(task, valid):
    return replace(task, split=replace(task.split, valid=valid))


def test_validation_asks_for_rated_interactions_only():
    task = biased_task()
    valid = task.split.valid
    ratings = np.where(np.arange(len(valid)) < 3, valid.ratings, np.nan).astype(np.float32)
    judged = rating_validation(_validated_by(task, replace(valid, ratings=ratings)), "rmse", None)
    assert len(judged.asked) == 3
    constant = judged.measure(lambda histories: np.full((len(histories), N_ITEMS), 3.0, np.float32))
    assert constant == pytest.approx(np.sqrt(np.square(valid.ratings[:3] - 3).mean()))
    nothing = replace(valid, ratings=np.full(len(valid), np.nan, np.float32))
    assert rating_validation(_validated_by(task, nothing), "rmse", None) is None


def test_in_batch_contrast_is_softmax_over_the_targets_of_the_batch():
    task = tiny_task()
    network = build(tower(loss="infonce")._plan, task, None).network.eval()
    items = torch.tensor([[0, 3, 6, 3], [4, 1, 3, -1]])
    windows = next(iter_windows(task))._replace(
        items=items, users=torch.full((2,), -1), from_start=torch.ones(2, dtype=torch.bool), ratings=None
    )
    vectors = network.read_items()[0]
    read = network.users(vectors[items[:, :-1].clamp(min=0)], items[:, :-1] >= 0)
    is_asked = items[:, 1:] >= 0
    candidates = [1, 3, 6]
    scores = network.matching(read[is_asked], vectors[candidates])
    wanted = torch.tensor([candidates.index(item) for item in items[:, 1:][is_asked].tolist()])
    expected = torch.nn.functional.cross_entropy(scores, wanted)
    torch.testing.assert_close(network(windows)["infonce"], expected)
