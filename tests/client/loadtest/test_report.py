"""Percentiles against NumPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genre.client.loadtest.report import Latency, latency_of, quantile


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.99, 0.999, 1.0]))
def test_quantiles_are_numpys(values, share):
    assert quantile(sorted(values), share) == np.quantile(values, share, method="inverted_cdf")


def test_latencies_by_hand():
    assert latency_of([n / 1000 for n in range(100, 0, -1)]) == Latency(100, 50.0, 90.0, 99.0, 100.0, 100.0)
    assert latency_of([]) is None
