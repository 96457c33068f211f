import pytest
import torch

from genre.nets.in_parts import in_parts


def read(left, scale, rows, more):
    return torch.tanh(left @ rows.T) * scale.sum() + more.sum(dim=1)


def tensors():
    torch.manual_seed(0)
    return [torch.randn(shape, requires_grad=True) for shape in ((2, 3, 4), (5,), (7, 4), (7, 2))]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_results_and_gradients_are_those_of_the_whole(size):
    left, scale, rows, more = inputs = tensors()
    whole, parts = read(*inputs), in_parts(read, (left, scale), (rows, more), size)
    torch.testing.assert_close(parts, whole)
    expected = torch.autograd.grad(whole.sin().sum(), inputs)
    for one, other in zip(torch.autograd.grad(parts.sin().sum(), inputs), expected, strict=True):
        torch.testing.assert_close(one, other)


def test_no_more_than_the_wanted_rows_are_read_at_once():
    seen = []

    def counted(left, scale, rows, more):
        seen.append(len(rows))
        return read(left, scale, rows, more)

    left, scale, rows, more = tensors()
    in_parts(counted, (left, scale), (rows, more), 3).sum().backward()
    assert seen == [3, 3, 1, 3, 3, 1]


def test_no_rows_give_no_columns():
    left, scale, rows, more = tensors()
    assert in_parts(read, (left, scale), (rows[:0], more[:0]), 3).shape == (2, 3, 0)
