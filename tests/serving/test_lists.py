"""Lists against the plain way: sort everything, leave out what may not be listed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.core.errors import GenreError
from genre.serving._counters import Counters
from genre.serving._lists import SHORT, Wish, places, top
from genre.serving._shelf import Shelf

DAY_S = 86_400.0


@pytest.fixture(scope="module")
def shelf(tiny_model):
    return Shelf.of("tiny", tiny_model)


def best(scores, allowed, k):
    order = np.argsort(-scores, kind="stable")
    return [int(row) for row in order if allowed[row] and np.isfinite(scores[row])][:k]


@given(st.integers(0, 10_000), st.integers(1, 40), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_lists_are_those_of_a_full_sort(shelf, seed, k, has_scores, has_lifts):
    random, n = np.random.default_rng(seed), shelf.n_items
    scores = random.integers(-3, 4, n).astype(np.float32)
    scores[random.random(n) < 0.3] = -np.inf
    popularity = random.integers(0, 5, n).astype(np.float32)
    allowed, hidden = random.random(n) < 0.7, random.random(n) < 0.3
    lifts = random.integers(-1, 2, n).astype(np.float32) if has_lifts else None
    found = places(scores if has_scores else None, Wish(k, allowed, hidden, lifts), popularity, shelf, ())

    known = np.isfinite(scores)
    moved = scores if lifts is None else scores + (scores[known].std() or 1.0) * lifts
    by_model = best(moved, allowed & ~hidden, k) if has_scores else []
    rest = allowed & ~hidden
    rest[by_model] = False
    by_popularity = best(popularity, rest, k - len(by_model))
    touched = best(popularity, allowed & hidden, k - len(by_model) - len(by_popularity))
    assert found.rows.tolist() == [*by_model, *by_popularity, *touched]
    assert (found.n_model, found.n_popular) == (len(by_model), len(by_popularity))
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize("n", [7, 1_000, SHORT + 1])
@pytest.mark.parametrize("k", [0, 1, 5, 7])
def test_the_top_of_short_and_long_rows_is_that_of_a_full_sort(n, k):
    scores = np.random.default_rng(n).integers(0, 50, n).astype(np.float32)
    scores[::3] = -np.inf
    rows, values = top(scores, k)
    assert rows.tolist() == best(scores, np.ones(n, bool), k) and values.tolist() == scores[rows].tolist()


@pytest.mark.parametrize("n_finite", [0, 3, 50])
def test_scores_that_are_no_numbers_are_refused(n_finite):
    scores = np.full(100, -np.inf, dtype=np.float32)
    scores[:n_finite], scores[60] = 1.0, np.nan
    with pytest.raises(GenreError, match="NaN"):
        top(scores, 10)


def test_popularity_is_made_again_after_each_event_and_with_new_items():
    counters = Counters(np.array([3, 1, 0]), half_life_days=1.0)
    before = counters.popularity()
    assert counters.popularity() is before and not before.flags.writeable
    counters.add(2, 0.0, 500.0)
    after = counters.popularity()
    assert after.tolist() == pytest.approx([0.75, 0.25, 0.5])
    grown = counters.grown(4)
    grown.add(3, DAY_S, 1_000.0)
    assert grown.popularity().tolist() == pytest.approx([0.75, 0.25, 0.2, 0.8])
    assert counters.popularity() is after
