import numpy as np
import pytest
import torch

from genre.nets.running import BLOCK, AdditivePooling, newer_more, running_mean


def by_hand(values, scores):
    """Softmax at each position, in float64."""
    means = np.empty(values.shape)
    for row in range(len(values)):
        for position in range(values.shape[1]):
            logs = scores[row, : position + 1]
            weights = np.exp(logs - logs.max())
            means[row, position] = weights @ values[row, : position + 1] / weights.sum()
    return means


@pytest.mark.parametrize("length", [1, 7, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
@pytest.mark.parametrize("spread", [1.0, 200.0])
def test_it_is_the_softmax_of_what_came_so_far(length, spread):
    torch.manual_seed(0)
    values, scores = torch.randn(2, length, 3), spread * torch.randn(2, length)
    expected = by_hand(values.double().numpy(), scores.double().numpy())
    np.testing.assert_allclose(running_mean(values, scores).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("slope", [-5.0, 5.0])
def test_scores_that_rise_or_fall_without_end_stay_exact_and_so_do_gradients(slope):
    values = torch.randn(1, 600, 2, requires_grad=True)
    scores = (slope * torch.arange(600.0)).unsqueeze(0).requires_grad_()
    means = running_mean(values, scores)
    expected = by_hand(values.detach().double().numpy(), scores.detach().double().numpy())
    np.testing.assert_allclose(means.detach().numpy(), expected, atol=1e-5)
    means.pow(2).sum().backward()
    assert torch.isfinite(values.grad).all() and torch.isfinite(scores.grad).all()
    assert values.grad.any() and scores.grad.any()


def test_gradients_agree_with_the_plain_formula():
    torch.manual_seed(1)
    values, scores = torch.randn(2, BLOCK + 9, 3, requires_grad=True), torch.randn(2, BLOCK + 9, requires_grad=True)
    weights = (
        scores.unsqueeze(1)
        .expand(-1, BLOCK + 9, -1)
        .masked_fill(torch.ones(BLOCK + 9, BLOCK + 9).triu(1) > 0, -torch.inf)
    )
    plain = torch.autograd.grad((weights.softmax(-1) @ values).sin().sum(), (values, scores))
    ours = torch.autograd.grad(running_mean(values, scores).sin().sum(), (values, scores))
    for one, other in zip(ours, plain, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_shared_scores_serve_every_row():
    values = torch.randn(3, 5, 2)
    torch.testing.assert_close(
        running_mean(values, torch.zeros(1, 5)), values.cumsum(1) / torch.arange(1.0, 6)[:, None]
    )


def test_newer_vectors_weigh_more():
    torch.testing.assert_close(newer_more(torch.zeros(1, 3), 0.5), torch.tensor([[0.0, 0.5, 1.0]], dtype=torch.float64))


def test_additive_pooling_weighs_by_its_network():
    torch.manual_seed(0)
    pooling = AdditivePooling(4, 3, half_life=2.0)
    vectors = torch.randn(2, 6, 4)
    found = pooling(vectors).detach()
    scores = (torch.tanh(vectors @ pooling.look.weight.T + pooling.look.bias) @ pooling.weigh.weight.T).squeeze(-1)
    aged = scores.detach().double().numpy() + np.arange(6) * np.log(2) / 2
    np.testing.assert_allclose(found.numpy(), by_hand(vectors.double().numpy(), aged), atol=1e-5)
