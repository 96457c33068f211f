"""Counts that follow the stream, held to sums written out."""

import numpy as np
import pytest

from genre.serving._counters import DAY_S, FEW, Counters

WEEK_S = 7 * DAY_S


def counters():
    return Counters(np.array([3, 1, 0]), half_life_days=7)


def test_events_fade_by_half_every_half_life():
    counts = counters()
    counts.add(0, 0.0, 1.0)
    counts.add(2, WEEK_S, 1.0)
    assert counts.popularity() == pytest.approx(np.array([3 / 4 + 0.5 / FEW, 1 / 4, 1 / FEW]))


@pytest.mark.parametrize("years", [1, 30])
def test_after_a_long_silence_new_events_count_in_full(years):
    counts = counters()
    for before in (0, years / 3):
        counts.add(0, before * 365 * DAY_S, 1.0)
    for _ in range(5):
        counts.add(2, years * 365 * DAY_S, 1.0)
    assert counts.popularity()[2] == pytest.approx(5 / FEW)


def test_the_newest_event_is_known_whatever_the_order():
    counts = counters()
    assert counts.newest_at is None
    for at in (5 * WEEK_S, WEEK_S, 9 * WEEK_S, 2 * WEEK_S):
        counts.add(1, at, 1.0)
    assert counts.newest_at == pytest.approx(9 * WEEK_S)
    counts.add(1, 5_000 * WEEK_S, 1.0)
    counts.add(1, 4_000 * WEEK_S, 1.0)
    assert counts.newest_at == pytest.approx(5_000 * WEEK_S)
