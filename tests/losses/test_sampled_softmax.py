import math

import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from genre.losses.sampled_softmax import SampledSoftmaxConfig, SampledSoftmaxLoss


def test_the_correction_by_hand():
    scores = torch.tensor([[1.0, 2.0, 0.5]])
    expected_draws = torch.tensor([0.0, math.log(0.5), math.log(2.0)])
    loss = SampledSoftmaxLoss().loss(scores, torch.tensor([0]), expected_draws)
    mass = math.exp(1.0) + math.exp(2.0) / 0.5 + math.exp(0.5) / 2.0
    assert loss.item() == pytest.approx(math.log(mass) - 1.0, rel=1e-6)


def test_the_mean_over_draws_nears_the_full_loss():
    """Gradients too: without the correction, items drawn often would be pushed down more than they should."""
    torch.manual_seed(0)
    logits = torch.randn(1, 8, requires_grad=True)
    often = torch.rand(8).softmax(dim=0)
    full = F.cross_entropy(logits, torch.tensor([2]))
    (wanted,) = torch.autograd.grad(full, logits)
    n = 400_000
    drawn = torch.multinomial(often, n, replacement=True)
    scores = torch.cat([logits[:, [2]], logits[:, drawn].masked_fill(drawn == 2, -torch.inf)], dim=1)
    log_sampling = F.pad((often[drawn] * n).log(), (1, 0))
    sampled = SampledSoftmaxLoss().loss(scores, torch.tensor([0]), log_sampling)
    (found,) = torch.autograd.grad(sampled, logits)
    assert sampled.item() == pytest.approx(full.item(), abs=0.02)
    torch.testing.assert_close(found, wanted, atol=0.01, rtol=0)


def test_there_are_always_negatives():
    with pytest.raises(ValidationError):
        SampledSoftmaxConfig.model_validate({"n_negatives": None})
