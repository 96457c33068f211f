"""Which content pleases whom: the closed form against regressions of scikit-learn, and what it is for."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.linear_model import Ridge

from genre.nets.content_map import ContentRidge
from genre.recommenders import _tower_finish
from genre.recommenders._tower_build import build
from genre.recommenders._tower_finish import Finisher
from genre.recommenders._tower_liking import USER_PENALTY, liking_map
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing import tiny_task
from genre.training.settings import TrainingConfig
from genre.values import Embeddings, Histories, Interactions


def world(seed=0, n_users=200, n_items=80, dim=4, width=6):
    """Users touch items by what their content says; trained factors hold the same, along other content too."""
    rng = np.random.default_rng(seed)
    users, content = rng.normal(size=(n_users, dim)), rng.normal(size=(n_items, width))
    true = content @ rng.normal(size=(width, dim))
    touched = (users @ true.T + rng.normal(size=(n_users, n_items)) > 2).astype(np.float32)
    factors = 0.3 * true + 5 + 0.1 * rng.normal(size=(n_items, dim))
    return (part.astype(np.float32) for part in (users, content, factors, touched))


def test_agrees_with_two_ridge_regressions():
    users, content, factors, touched = world()
    ridge = ContentRidge.of(content, np.ones(len(content)))
    found = liking_map(ridge, users, sp.csr_array(touched), factors)
    level = USER_PENALTY * np.square(users).sum() / users.shape[1]
    wanted = Ridge(alpha=level, fit_intercept=False).fit(users, touched).coef_
    variance = content.var(axis=0).mean() * len(content)
    told = Ridge(alpha=found.penalty * variance).fit(content, wanted).predict(content)
    expected = (users @ (told - told.mean(axis=0)).T).ravel()
    ours = (users @ (found.apply(content) - factors.mean(axis=0)).T).ravel()
    slope = ours @ expected / (expected @ expected)
    assert slope > 0
    np.testing.assert_allclose(ours, slope * expected, atol=1e-3 * ours.std())


def test_scores_are_on_the_scale_of_the_trained_ones():
    users, content, factors, touched = world()
    ridge = ContentRidge.of(content, np.ones(len(content)))
    told = users @ liking_map(ridge, users, sp.csr_array(touched), factors).apply(content).T
    trained = users @ factors.T
    assert told.mean(axis=1) == pytest.approx(trained.mean(axis=1), abs=0.05)
    assert np.polyfit(told.ravel(), trained.ravel(), 1)[0] == pytest.approx(1.0, abs=0.1)


def test_where_content_misleads_trained_factors_decide():
    users, content, factors, touched = world()
    ridge = ContentRidge.of(content, np.ones(len(content)))
    against = liking_map(ridge, users, sp.csr_array(touched), -factors)
    assert against.apply(content) == pytest.approx(ridge.fit(-factors, None).map.apply(content), abs=0.2)


@pytest.mark.parametrize("fields", [{}, {"matching": "dot"}, {"matching": {"type": "cosine", "bias": "item"}}])
def test_new_items_get_the_factors_that_the_catalogue_has(fields):
    task = replace(tiny_task(), training=TrainingConfig(epochs=5, batch_size=8, n_threads=1, early_stopping=None))
    model = TowerRecommender(TowerConfig(dim=8, length=10, **fields)).fit(task)
    cold = np.flatnonzero(task.split.train.popularity() == 0)
    new = tuple(
        replace(one, embeddings=Embeddings(one.embeddings.vectors[cold], one.embeddings.present[cold]))
        for one in task.features
    )
    histories = Histories.of([[0, 3, 6], [1, 4]], 24)
    factors = model.content_factors(new)
    scores = (model._scorer.user_factors(histories) @ torch.from_numpy(factors.vectors).T).numpy()
    np.testing.assert_allclose(scores, model.score(histories)[:, cold], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("fields", [{"matching": "mlp"}, {"user": "target_attention"}])
def test_without_factors_vectors_decide(fields):
    task = replace(tiny_task(), training=TrainingConfig(epochs=2, batch_size=8, n_threads=1, early_stopping=None))
    model = TowerRecommender(TowerConfig(dim=8, length=10, **fields)).fit(task)
    assert model._scorer.factors is None and model.content_factors(task.features) is None
    assert np.isfinite(model.score(Histories.of([[0, 3, 6]], 24))).all()


def test_of_many_items_some_teach(monkeypatch):
    """Half of the items tell nearly the same as all of them, and new items come in blocks."""
    task = replace(tiny_task(), training=TrainingConfig(epochs=15, batch_size=8, n_threads=1, early_stopping=None))
    asked, config = Histories.of([[1, 4, 10], [2, 8, 11]], 24), TowerConfig(dim=8, length=10, user="mean")
    whole = TowerRecommender(config).fit(task).score(asked)
    monkeypatch.setattr(_tower_finish, "BLOCK", 1)
    np.testing.assert_allclose(TowerRecommender(config).fit(task).score(asked), whole, atol=1e-5)
    monkeypatch.setattr(_tower_finish, "MOST_ITEMS", 16)
    part = TowerRecommender(config).fit(task).score(asked)
    np.testing.assert_allclose(part[:, :22], whole[:, :22], atol=1e-5)
    assert (part[:, 22:] != whole[:, 22:]).any()
    assert part[0, 22] > part[0, 23] and part[1, 23] > part[1, 22]


def test_new_items_are_placed_for_judging_only_where_it_is_about_them():
    task = tiny_task()
    tower = build(TowerRecommender(TowerConfig(dim=8, length=10))._plan, task, None)
    tower.network.eval()
    cold, train = np.flatnonzero(tower.counts == 0), task.split.train
    new = replace(train.take(np.arange(2)), item_rows=cold.astype(np.int32))
    assert not Finisher.of(tower, train).judges_new and not Finisher.of(tower, train.take(np.arange(0))).judges_new
    about_new, about_known = Finisher.of(tower, Interactions.concat([train, new, new])), Finisher.of(tower, train)
    assert about_new.judges_new
    np.testing.assert_array_equal(about_new.judged().vectors, about_new()[0].vectors)
    whole, quick = about_known()[0], about_known.judged()
    assert not quick.vectors[cold].any() and whole.vectors[cold].any()
    np.testing.assert_array_equal(quick.vectors[tower.counts > 0], whole.vectors[tower.counts > 0])
