"""Pooling leaves out what is absent."""

import pytest
import torch

from genre.nets.pooling import AttentionPooling, MaskedMean, pooling

VECTORS = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]], [[5.0, 5.0], [7.0, 7.0], [9.0, 9.0]]])
MASK = torch.tensor([[True, True, False], [False, False, False]])


def test_the_mean_of_those_there_are():
    assert MaskedMean()(VECTORS, MASK).tolist() == [[2.0, 4.0], [0.0, 0.0]]


def test_attention_weighs_by_its_network():
    """With look = identity and weigh = (2, 0), the logits are 2 tanh(first entry)."""
    pool = AttentionPooling(2)
    with torch.no_grad():
        pool.look.weight.copy_(torch.eye(2))
        pool.look.bias.zero_()
        pool.weigh.weight.copy_(torch.tensor([[2.0, 0.0]]))
    logits = 2 * torch.tanh(torch.tensor([1.0, 3.0]))
    first, second = (logits.exp() / logits.exp().sum()).tolist()
    expected = [first * 1 + second * 3, first * 2 + second * 6]
    assert pool(VECTORS, MASK)[0].tolist() == pytest.approx(expected)
    assert pool(VECTORS, MASK)[1].tolist() == [0.0, 0.0]


def test_untrained_attention_is_the_mean():
    assert torch.allclose(pooling("attention", 2)(VECTORS, MASK), pooling("mean", 2)(VECTORS, MASK))


def test_gradients_stay_finite_where_nothing_is_there():
    vectors = VECTORS.clone().requires_grad_()
    pooling("attention", 2)(vectors, MASK).sum().backward()
    assert torch.isfinite(vectors.grad).all() and not vectors.grad[1].any()
