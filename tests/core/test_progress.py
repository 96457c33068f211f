"""What a piece of work cost."""

import time

import numpy as np

from genre.core.progress import charge, measured


def test_seconds_and_memory_of_blocks_inside_one_another():
    with measured() as outer:
        with measured() as first:
            time.sleep(0.02)
            big = np.ones(2**25)
        assert big.sum() == 2**25
        del big
        with measured() as second:
            time.sleep(0.01)

    assert outer.seconds >= first.seconds + second.seconds
    assert first.seconds >= 0.02
    assert outer.peak_mib >= first.peak_mib > 256
    assert first.peak_mib > second.peak_mib + 200, "what was freed before is no cost of the second block"


def test_seconds_of_an_interrupted_run_count():
    with measured() as outer, measured() as inner:
        charge(100.0)

    assert 100 <= inner.seconds <= outer.seconds < 101
