import math

import torch
import torch.nn.functional as F

from genre.losses.softmax import SoftmaxLoss


def test_all_items_compete():
    torch.manual_seed(0)
    scores, targets = torch.randn(4, 7), torch.tensor([0, 6, 3, 3])
    torch.testing.assert_close(SoftmaxLoss().loss(scores, targets), F.cross_entropy(scores, targets))


def test_sampled_scores_are_corrected_by_hand():
    scores = torch.tensor([[1.0, 2.0, -torch.inf]])
    expected_draws = torch.tensor([0.0, math.log(0.5), math.log(0.1)])
    loss = SoftmaxLoss().loss(scores, torch.tensor([0]), expected_draws)
    mass = math.exp(1.0) + math.exp(2.0) / 0.5
    assert math.isclose(loss.item(), math.log(mass) - 1.0, rel_tol=1e-6)
