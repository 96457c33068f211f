"""What rankers and metrics owe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genre.core.component import Component
from genre.core.seeds import generator
from genre.metrics.base import Metric
from genre.ranking.base import Ranker, RankingContext
from genre.testing.configs import Example
from genre.testing.data import N_ITEMS, tiny_dataset
from genre.values import Embeddings, Histories, Judgement, Rankings, RatedPairs

B, K, DEPTH = 6, 4, 10
SEEN = Histories.of([[0, 3], [], [5, 6, 7], [1], [2], [23]], N_ITEMS)


def check_adjust(component: type[Component], example: Example) -> None:
    """Adjusted scores keep shape and type, are never NaN, and nothing that was out comes back in."""
    ranker, scores = _ranker(component, example), _scores()
    out = np.isneginf(scores)
    adjusted = ranker.adjust(scores.copy(), _context())
    assert adjusted.shape == (B, N_ITEMS), f"adjusted scores have shape {adjusted.shape}"
    assert adjusted.dtype == np.float32, f"adjusted scores are {adjusted.dtype}"
    assert not np.isnan(adjusted).any(), "adjusted scores are not NaN"
    assert np.isneginf(adjusted[out]).all(), "an item that was out is back in"
    assert np.array_equal(adjusted, ranker.adjust(scores.copy(), _context())), "adjusting twice differs"


def check_rerank(component: type[Component], example: Example) -> None:
    """Reordered lists hold at least the first k of what came in, each once, gaps at the end only."""
    ranker, rankings = _ranker(component, example), _lists()
    assert ranker.depth(K) >= K, "a ranker sees at least as many items as are asked for"
    again = ranker.rerank(rankings, K, _context())
    assert len(again) == len(rankings), "a list is lost"
    for before, after in zip(rankings.item_rows, again.item_rows, strict=True):
        listed = after[after >= 0]
        assert len(set(listed)) == len(listed), "an item is listed twice"
        assert set(listed) <= set(before[before >= 0]), "an item came from nowhere"
        assert (after[len(listed) :] == -1).all(), "a gap stands inside a list"
    assert np.array_equal(again.item_rows, ranker.rerank(rankings, K, _context()).item_rows), "ranking twice differs"


def check_nothing_to_list(component: type[Component], example: Example) -> None:
    """Users for whom nothing is left, and no users at all, get empty lists."""
    ranker = _ranker(component, example)
    none = np.full((B, N_ITEMS), -np.inf, dtype=np.float32)
    assert np.isneginf(ranker.adjust(none, _context())).all(), "something came from nothing"
    nothing = Rankings(np.full((B, DEPTH), -1, np.int32), np.full((B, DEPTH), -np.inf, np.float32))
    assert (ranker.rerank(nothing, K, _context()).item_rows == -1).all(), "an empty list is filled"


def check_measure(component: type[Component], example: Example) -> None:
    """One float64 per user (or one for all), not infinite, the same twice, and short lists are no reason to fail."""
    metric, judgement = _metric(component, example), _judgement()
    for k in (1, K, DEPTH, DEPTH + 5):
        values = metric.measure(judgement, k)
        assert values.shape == ((B,) if metric.is_per_user else (1,)), f"values have shape {values.shape}"
        assert values.dtype == np.float64, f"values are {values.dtype}"
        assert not np.isinf(values).any(), "values are not infinite"
        assert np.array_equal(values, metric.measure(judgement, k), equal_nan=True), "measuring twice differs"


def check_first_k_only(component: type[Component], example: Example) -> None:
    """What stands below the cut-off does not count."""
    metric, whole = _metric(component, example), _judgement()
    cut = replace(whole, rankings=whole.rankings.head(K), hits=whole.hits[:, :K])
    assert np.allclose(metric.measure(whole, K), metric.measure(cut, K), equal_nan=True), (
        "items below the cut-off count"
    )


def check_users_in_any_order(component: type[Component], example: Example) -> None:
    """A user's value does not depend on the other users' places; a value for all depends on no order."""
    metric, judgement = _metric(component, example), _judgement()
    order = generator(1, "users").permutation(B)
    lists = Rankings(judgement.rankings.item_rows[order], judgement.rankings.scores[order])
    assert judgement.auc is not None
    moved = replace(
        judgement,
        rankings=lists,
        hits=judgement.hits[order],
        n_relevant=judgement.n_relevant[order],
        auc=judgement.auc[order],
    )
    before, after = metric.measure(judgement, K), metric.measure(moved, K)
    expected = before[order] if metric.is_per_user else before
    assert np.allclose(after, expected, equal_nan=True), "the order of users counts"


def _ranker(component: type[Component], example: Example) -> Ranker:
    ranker = component(component.config_type().model_validate(example))
    assert isinstance(ranker, Ranker)
    return ranker


def _metric(component: type[Component], example: Example) -> Metric:
    metric = component(component.config_type().model_validate(example))
    assert isinstance(metric, Metric)
    return metric


def _scores() -> np.ndarray:
    scores = generator(0, "scores").normal(size=(B, N_ITEMS)).astype(np.float32)
    scores[:, -2:] = -np.inf
    return scores


def _lists() -> Rankings:
    """Six lists of ten; the last holds only three items, the one before it none."""
    scores = _scores()
    items = np.argsort(-scores, axis=1)[:, :DEPTH].astype(np.int32)
    best = np.take_along_axis(scores, items, axis=1)
    items[-1, 3:], best[-1, 3:] = -1, -np.inf
    items[-2], best[-2] = -1, -np.inf
    return Rankings(items, best)


def _vectors() -> Embeddings:
    present = np.ones(N_ITEMS, dtype=np.bool_)
    present[5] = False
    vectors = generator(0, "vectors").normal(size=(N_ITEMS, 5)).astype(np.float32) * present[:, None]
    return Embeddings(vectors, present)


def _context() -> RankingContext:
    return RankingContext(SEEN, tiny_dataset().catalog, _vectors())


def _judgement() -> Judgement:
    random, lists = generator(0, "judgement"), _lists()
    hits = (random.random(lists.item_rows.shape) < 0.3) & (lists.item_rows >= 0)
    popularity = np.arange(N_ITEMS)[::-1].copy()
    popularity[-2:] = 0
    predicted, given = random.uniform(1, 5, (2, 9)).astype(np.float32)
    return Judgement(
        lists,
        hits,
        hits.sum(axis=1) + 1,
        popularity,
        30,
        popularity > 0,
        vectors=_vectors(),
        auc=random.random(B),
        ratings=RatedPairs(predicted, given),
    )


RANKER_CHECKS = (check_adjust, check_rerank, check_nothing_to_list)
METRIC_CHECKS = (check_measure, check_first_k_only, check_users_in_any_order)
