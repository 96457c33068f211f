import numpy as np
import torch

from genre.nets.value_mean import ValueMean


def test_mean_of_each_rows_values_by_hand():
    module = ValueMean(np.array([0, 2, 1, 1]), np.array([0, 2, 2, 3, 4]), 3, 2)
    with torch.no_grad():
        module.table.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 5.0], [7.0, 11.0]]))
    expected = torch.tensor([[3.0, 5.0], [4.0, 6.5], [0.0, 0.0], [4.0, 6.5]])
    assert torch.equal(module(torch.tensor([3, 0, 1, 0])), expected)
    assert module(torch.tensor([], dtype=torch.int64)).shape == (0, 2)
    assert not module(torch.tensor([1, 1])).any()


def test_gradients_reach_the_values_of_the_rows_only():
    module = ValueMean(np.array([0, 2, 1]), np.array([0, 2, 3]), 3, 2)
    module(torch.tensor([0, 0])).sum().backward()
    assert torch.equal(module.table.weight.grad, torch.tensor([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]))
