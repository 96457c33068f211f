from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from genre.core.slot import Slot
from genre.recommenders import _blend_weights
from genre.recommenders._blend import Contest, standardised
from genre.recommenders._blend_weights import BlendWeights, find
from genre.recommenders._validation import validation
from genre.recommenders.hybrid import HybridConfig, HybridRecommender
from genre.testing.data import tiny_task
from genre.values import Histories, Interactions

N = 24


def hybrid(**fields):
    return HybridRecommender(HybridConfig(**fields))


def planted(judge, strength, seed):
    """A scorer that favours what the user touches next by `strength` standard deviations of its noise."""
    noise = np.random.default_rng(seed)
    known = {tuple(judge.histories[row]): judge.relevant[row] for row in range(len(judge))}

    def score(histories):
        scores = noise.normal(size=(len(histories), N)).astype(np.float32)
        for row in range(len(histories)):
            scores[row, known[tuple(histories[row])]] += strength
        return scores

    return score


def test_one_model_keeps_its_order():
    task, histories = tiny_task(), Histories.of([[0, 3], [1, 4, 7], [2]], N)
    alone = Slot("recommenders").build("item_knn").fit(task).score(histories)
    blended = hybrid(models=("item_knn",)).fit(task).score(histories)
    for one, two in zip(alone, blended, strict=True):
        known = np.isfinite(one)
        assert (np.isfinite(two) == known).all()
        order = np.argsort(-one[known], kind="stable")
        assert (np.diff(two[known][order]) <= 1e-6).all()


def test_standardised_scores_have_mean_zero_and_deviation_one_outside_the_history():
    rng = np.random.default_rng(0)
    scores = rng.normal(5, 3, size=(2, 8)).astype(np.float32)
    scores[0, 3] = -np.inf
    histories = Histories.of([[0, 1], [7]], 8)
    given = standardised(scores, histories)
    assert given[0, 3] == 0
    assert given[0, [2, 4, 5, 6, 7]].mean() == pytest.approx(0, abs=1e-6)
    assert given[0, [2, 4, 5, 6, 7]].std() == pytest.approx(1, abs=1e-5)
    assert given[1, :7].std() == pytest.approx(1, abs=1e-5)


def test_equal_scores_are_no_opinion():
    assert not standardised(np.full((1, 5), 3.0, np.float32), Histories.of([[1]], 5)).any()


def test_the_contest_measures_what_the_full_lists_are_worth():
    judge = validation(tiny_task())
    models = [Slot("recommenders").build(word).fit(tiny_task()) for word in ("popularity", "item_knn")]
    contest = Contest.hold(judge, [model.score for model in models])
    weights = np.array([0.3, 0.7])
    full = sum(
        weight * standardised(model.score(judge.histories), judge.histories)
        for weight, model in zip(weights, models, strict=True)
    )
    assert contest.quality(weights) == pytest.approx(judge.values(full.astype(np.float32)).mean())


def test_the_better_of_two_planted_models_gets_the_weight():
    judge = validation(tiny_task())
    good, bad = planted(judge, 4.0, 1), planted(judge, 0.0, 2)
    for scorers, best in (((good, bad), 0), ((bad, good), 1)):
        weights = find(Contest.hold(judge, scorers), (), 0).of(np.array([3]))[0]
        assert weights[best] > 0.7
        assert weights.sum() == pytest.approx(1)


def test_equal_models_get_equal_weights():
    judge = validation(tiny_task())
    model = Slot("recommenders").build("popularity").fit(tiny_task())
    weights = find(Contest.hold(judge, [model.score, model.score]), (), 0).weights
    np.testing.assert_allclose(weights, [[0.5, 0.5]])


def test_buckets_get_weights_of_their_own(monkeypatch):
    monkeypatch.setattr(_blend_weights, "LEAST_USERS", 5)
    monkeypatch.setattr(_blend_weights, "PRIOR_USERS", 1)
    judge = validation(tiny_task())
    bound = int(np.median(judge.histories.lengths))
    good, bad = planted(judge, 4.0, 1), planted(judge, 0.0, 2)

    def first(histories):
        return np.where(histories.lengths[:, None] <= bound, good(histories), bad(histories))

    def second(histories):
        return np.where(histories.lengths[:, None] <= bound, bad(histories), good(histories))

    weights = find(Contest.hold(judge, [first, second]), (bound,), 0)
    short, long = weights.of(np.array([bound, bound + 1]))
    assert short[0] > 0.6
    assert long[1] > 0.6


def test_small_buckets_take_the_weights_of_all():
    judge = validation(tiny_task())
    weights = find(Contest.hold(judge, [planted(judge, 2.0, 1), planted(judge, 1.0, 2)]), (1, 2, 3), 0).weights
    assert weights.shape == (4, 2)
    np.testing.assert_array_equal(weights, np.tile(weights[0], (4, 1)))


def test_given_weights_are_used():
    task, histories = tiny_task(), Histories.of([[0, 3], [1, 4, 7]], N)
    mixed = hybrid(models=("popularity", "item_knn"), weights=(1, 0)).fit(task)
    popular = standardised(Slot("recommenders").build("popularity").fit(task).score(histories), histories)
    known = mixed.scored_items()
    np.testing.assert_allclose(mixed.score(histories)[:, known], popular[:, known])


def test_models_that_know_new_items_rank_them():
    task = tiny_task()
    histories = Histories.of([[0, 3, 6], [1, 4]], N)
    tower = {"type": "tower", "dim": 8, "length": 6}
    alone = Slot("recommenders").build(tower).fit(task).score(histories)
    blended = hybrid(models=("item_knn", tower), weights=(0.5, 0.5)).fit(task)
    cold = np.flatnonzero(task.split.train.popularity() == 0)
    assert blended.scores_cold_items
    scores = blended.score(histories)[:, cold]
    np.testing.assert_allclose(scores, 0.5 * standardised(alone, histories)[:, cold], rtol=1e-5)


def test_cold_candidates_are_what_weights_are_sought_on():
    task = tiny_task()
    counts = task.split.train.popularity()
    cold = np.flatnonzero(counts == 0).astype(np.int32)
    valid = replace(task.split.valid, item_rows=np.resize(cold, len(task.split.valid)).astype(np.int32))
    judge = validation(replace(task, split=replace(task.split, valid=valid, candidates=counts == 0)))
    score = planted(judge, 9.0, 0)
    assert judge.measure(score) == pytest.approx(1.0)
    assert judge.measure(lambda histories: -score(histories)) < 1.0


def test_saved_blends_score_equally_and_tell_their_weights():
    task, histories = tiny_task(), Histories.of([[0, 3], [1, 4, 7]], N)
    model = hybrid(models=("popularity", "item_knn"), buckets=(3,)).fit(task)
    state = model.state()
    again = hybrid(models=("popularity", "item_knn"), buckets=(3,))
    again.restore(state)
    np.testing.assert_array_equal(model.score(histories), again.score(histories))
    assert np.asarray(state.meta["weights"]).shape == (2, 2)
    assert BlendWeights.from_meta(state.meta).bounds == (3,)


@pytest.mark.parametrize(
    "fields",
    [
        {"models": ("popularity",), "weights": (1, 2)},
        {"models": ("popularity",), "weights": (0,)},
        {"models": ("popularity", "item_knn"), "weights": (2, -1)},
        {"buckets": (20, 5)},
        {"buckets": (0,)},
    ],
)
def test_what_does_not_fit_is_refused(fields):
    with pytest.raises(ValidationError):
        HybridConfig(**fields)


def test_refitting_keeps_the_weights_and_learns_from_all():
    task, histories = tiny_task(), Histories.of([[0, 3], [1, 4, 7]], N)
    model = hybrid(models=("popularity", "item_knn")).fit(task)
    weights = model.weights
    everything = replace(
        task.split,
        train=Interactions.concat([task.split.train, task.split.valid]),
        valid=task.split.valid.take(np.arange(0)),
    )
    again = model.refit(replace(task, split=everything))
    popular = Slot("recommenders").build("popularity").fit(replace(task, split=everything)).score(histories)
    assert again.weights is weights
    np.testing.assert_array_equal(again.models[0].score(histories), popular)
