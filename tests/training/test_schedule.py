import pytest

from genre.training.schedule import rate_factor


def test_rise_and_fall():
    factors = [rate_factor(step, 100, 10) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[:10] == sorted(factors[:10])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[50] == pytest.approx(0.5)
    assert rate_factor(100, 100, 10) == rate_factor(150, 100, 10) == 0.0


def test_no_warm_up():
    assert rate_factor(0, 10, 0) == 1.0
