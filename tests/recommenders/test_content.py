from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from genre.core.errors import DataError
from genre.encoders.base import Feature
from genre.nets import content_columns
from genre.nets.content_columns import SoftBins
from genre.recommenders._content_space import FeatureSpace
from genre.recommenders.content import ContentConfig, ContentRecommender, _content_map
from genre.testing import tiny_task
from genre.values import Embeddings, Histories, Interactions, Split, Vocabulary

TAUGHT = np.arange(24) < 22
DRAMA, SPACE = 22, 23
"""The two cold items."""


def feature(vectors, present=None):
    vectors = np.asarray(vectors, dtype=np.float32)
    rows = np.ones(len(vectors), np.bool_) if present is None else present
    return Feature("f", tiny_task().features[0].encoder, Embeddings(vectors * rows[:, None], rows))


def content_space(features, taught, seed):
    return FeatureSpace.fit(features, taught, seed).columns(features)


def fitted(**config):
    task = tiny_task()
    return task, ContentRecommender(ContentConfig(**{"dim": 8, "l2": 2.0, "alpha": 4.0, "map_l2": 1.0, **config})).fit(
        task
    )


def test_every_feature_has_an_equal_say():
    random = np.random.default_rng(0)
    present = random.random(24) > 0.2
    wide, loud = random.normal(size=(24, 9)), 100 + 50 * random.normal(size=(24, 5))
    space = content_space([feature(wide, present), replace(feature(loud), name="g")], TAUGHT, 7).vectors
    for part, rows in ((space[:, :9], TAUGHT & present), (space[:, 9:], TAUGHT)):
        assert part[rows].mean(axis=0) == pytest.approx(np.zeros(part.shape[1]), abs=1e-6)
        assert (part[rows] ** 2).sum(axis=1).mean() == pytest.approx(1.0, rel=1e-5)
    assert not space[~present, :9].any()


def test_new_items_do_not_move_the_space():
    random = np.random.default_rng(0)
    before = random.normal(size=(24, 9))
    after = before.copy()
    after[~TAUGHT] *= 7
    first, second = (content_space([feature(each)], TAUGHT, 7).vectors for each in (before, after))
    assert (first[TAUGHT] == second[TAUGHT]).all()


def test_numbers_become_soft_bins():
    numbers = np.arange(100.0)[:, None]
    bins = SoftBins.fit(numbers).apply(numbers)
    assert bins.shape == (100, 12)
    assert bins.max(axis=0) == pytest.approx(np.ones(12), abs=0.01)
    assert bins[50].argmax() in {5, 6}
    assert content_space([feature(np.arange(24.0)[:, None])], TAUGHT, 7).dim == 12


def test_wide_features_keep_their_leading_axes(monkeypatch):
    monkeypatch.setattr(content_columns, "MAX_WIDTH", 5)
    random = np.random.default_rng(0)
    low_rank = random.normal(size=(24, 3)) @ random.normal(size=(3, 40))
    space = content_space([feature(low_rank)], TAUGHT, 7).vectors
    centred = low_rank - low_rank[TAUGHT].mean(axis=0)
    centred /= np.sqrt((centred[TAUGHT] ** 2).sum(axis=1).mean())
    assert space.shape == (24, 5)
    assert space @ space.T == pytest.approx(centred @ centred.T, abs=1e-4)


def test_the_axes_derive_from_the_seed(monkeypatch):
    monkeypatch.setattr(content_columns, "MAX_WIDTH", 5)
    wide = [feature(np.random.default_rng(0).normal(size=(24, 40)))]
    first, again, other = (content_space(wide, TAUGHT, seed).vectors for seed in (7, 7, 8))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize("map_to", ["factors", "none"])
def test_alpha_is_chosen_in_one_space_and_only_where_factors_are_learned(monkeypatch, map_to):
    spaces, learned, learn, fit = [], [], ContentRecommender._learn, FeatureSpace.fit
    monkeypatch.setattr(FeatureSpace, "fit", lambda *given: spaces.append(1) or fit(*given))
    monkeypatch.setattr(ContentRecommender, "_learn", lambda self, task: learned.append(1) or learn(self, task))
    _, model = fitted(map_to=map_to, alpha="auto")
    assert len(spaces) == 1
    assert (len(learned) > 1) == (map_to == "factors")
    assert ("alpha" in model.insight().choices) == (map_to == "factors")


def test_features_without_a_word_are_refused():
    with pytest.raises(DataError, match="features"):
        content_space([feature(np.zeros((24, 3)), np.zeros(24, np.bool_))], TAUGHT, 7)
    with pytest.raises(DataError, match="content"):
        ContentRecommender().fit(replace(tiny_task(), features=()))


def test_likeness_is_the_cosine_with_the_mean_of_the_history():
    _, model = fitted(map_to="none", recency={"half_life": 1.0})
    units = model.item_vectors().normalized()
    profile = 0.5 * units[3] + units[9]
    expected = units @ profile / np.linalg.norm(profile)
    assert model.score(Histories.of([[3, 9]], 24))[0] == pytest.approx(expected, abs=1e-5)


def test_the_map_is_a_weighted_ridge_regression():
    random = np.random.default_rng(0)
    factors, popularity = random.normal(size=(40, 3)).astype(np.float32), np.arange(40)
    inputs = np.hstack([random.normal(size=(40, 6)), np.ones((40, 1))])
    peer = Ridge(alpha=2.0, fit_intercept=False).fit(inputs, factors, sample_weight=popularity / (popularity + 10))
    assert _content_map(inputs, factors, popularity, 2.0) == pytest.approx(peer.coef_.T, abs=1e-4)


@pytest.mark.parametrize("map_to", ["factors", "none"])
def test_new_items_follow_taste(map_to):
    _, model = fitted(map_to=map_to, recency="none")
    scores = model.score(Histories.of([[2, 5, 8], [1, 4, 10]], 24))
    assert scores[0, SPACE] > scores[0, DRAMA]
    assert scores[1, DRAMA] > scores[1, SPACE]


@pytest.mark.parametrize("map_to", ["factors", "none"])
def test_a_history_of_new_items_speaks_too(map_to):
    _, model = fitted(map_to=map_to, recency="none")
    scores = model.score(Histories.of([[SPACE], [DRAMA]], 24))[:, :22]
    space = np.arange(22) % 3 == 2
    assert scores[0, space].mean() - scores[0, ~space].mean() > scores[1, space].mean() - scores[1, ~space].mean()


def test_what_nothing_is_known_about_counts_as_nothing():
    task = tiny_task()
    silent = [replace(f, embeddings=_without(f.embeddings, 5)) for f in task.features]
    model = ContentRecommender(ContentConfig(map_to="none")).fit(replace(task, features=tuple(silent)))
    scores = model.score(Histories.of([[5], []], 24))
    assert (scores[0] == scores[1]).all()


def _without(embeddings, row):
    present = embeddings.present.copy()
    present[row] = False
    return Embeddings(embeddings.vectors * present[:, None], present)


def test_a_missing_feature_says_something_too():
    """Items with a picture are touched twice as often; of new items that are alike, the pictured one wins."""
    task, rng = tiny_task(), np.random.default_rng(0)
    n_items = task.split.train.n_items
    pictured = rng.random(n_items) > 0.5
    pictured[[DRAMA, SPACE]] = [True, False]
    users, items = np.nonzero(rng.random((60, n_items)) < np.where(pictured, 0.6, 0.2))
    keep = items < DRAMA
    people = Vocabulary([f"p{row}" for row in range(60)])
    train = Interactions(people, task.split.train.items, users[keep].astype(np.int32), items[keep].astype(np.int32))
    features = (feature(np.ones((n_items, 5))), feature(np.ones((n_items, 5)), pictured))
    model = ContentRecommender(ContentConfig(dim=4, l2=1.0, alpha=4.0, map_l2=0.1, recency="none"))
    split = Split(train, train.take(np.arange(0)), train.take(np.arange(0)), kind="holdout")
    model.fit(replace(task, split=split, features=features))
    scores = model.score(train.histories())
    assert (scores[:, DRAMA] > scores[:, SPACE]).mean() > 0.9
