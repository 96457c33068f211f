import numpy as np

from genre.values import Histories
from genre.values.windows import left_aligned


def test_left_aligned_keeps_the_newest():
    histories = Histories.of([[1, 2, 3, 4], [5], []], 9)
    assert left_aligned(histories, 3).tolist() == [[2, 3, 4], [5, -1, -1], [-1, -1, -1]]
    assert left_aligned(histories.take(np.array([2])), 3).tolist() == [[-1]]
