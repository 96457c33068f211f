import numpy as np
import torch

from genre.nets.frozen import FrozenProjection


def test_absent_rows_give_zero_and_present_ones_a_linear_map():
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    network = FrozenProjection(vectors, np.array([True, False, True]), 4)
    mapped = network(torch.tensor([0, 1, 2]))
    assert not mapped[1].any()
    torch.testing.assert_close(mapped[2], network.projection(torch.tensor([4.0, 5.0])))
    assert not any(parameter is network.vectors for parameter in network.parameters())
