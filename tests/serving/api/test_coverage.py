"""The share of items that was listed lately is near the one that a set would count."""

import random

import pytest

from genre.serving.answers import Listed
from genre.serving.api.coverage import WINDOW_MIN, Coverage

NOW = 1_700_000_000.0


def listed(*ids):
    return tuple(Listed(id, 1, 0.0) for id in ids)


@pytest.mark.parametrize(("n_items", "n_lists"), [(24, 2), (2_000, 300), (100_000, 20_000)])
def test_it_is_near_the_exact_share(n_items, n_lists):
    coverage, chance, seen = Coverage("shop", n_items), random.Random(0), set()
    for _ in range(n_lists):
        ids = [f"item {chance.randrange(n_items)}" for _ in range(10)]
        seen.update(ids)
        coverage.listed(listed(*ids))
        if chance.random() < 0.01:
            coverage.share(n_items, NOW)
    assert coverage.share(n_items, NOW) == pytest.approx(len(seen) / n_items, rel=0.01)


def test_what_was_listed_before_the_window_is_forgotten():
    coverage = Coverage("shop", 10)
    coverage.listed(listed("a", "b"))
    assert coverage.share(10, NOW) == pytest.approx(0.2, rel=0.01)
    coverage.listed(listed("b", "c"))
    assert coverage.share(10, NOW + 60 * (WINDOW_MIN - 1)) == pytest.approx(0.3, rel=0.01)
    assert coverage.share(10, NOW + 60 * (WINDOW_MIN + 2)) == pytest.approx(0.2, rel=0.01)
    assert coverage.share(10, NOW + 60 * 3 * WINDOW_MIN) == 0.0


def test_workers_that_meet_in_a_folder_add_up(tmp_path):
    one, two, other = (Coverage(name, 10, tmp_path) for name in ("shop", "shop", "other"))
    grown = Coverage("shop", 10**6, tmp_path)
    one.listed(listed("a", "b"))
    two.listed(listed("b", "c"))
    one.share(10, NOW), two.share(10, NOW)
    assert one.share(10, NOW) == two.share(10, NOW) == grown.share(10, NOW) == pytest.approx(0.3, rel=0.01)
    assert other.share(10, NOW) == 0.0


def test_an_empty_catalogue_has_a_share():
    assert Coverage("shop", 0).share(0, NOW) == 0.0
