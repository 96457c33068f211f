import math

import torch

from genre.losses.bpr import BprLoss


def test_mean_over_negatives_by_hand():
    scores = torch.tensor([[2.0, 1.0, 0.0, -torch.inf]])
    expected = (math.log1p(math.exp(-1.0)) + math.log1p(math.exp(-2.0))) / 2
    assert math.isclose(BprLoss().loss(scores, torch.tensor([0])).item(), expected, rel_tol=1e-6)


def test_no_negative_left_is_no_loss():
    scores = torch.tensor([[2.0, -torch.inf]], requires_grad=True)
    loss = BprLoss().loss(scores, torch.tensor([0]))
    loss.backward()
    assert loss.item() == 0.0
    assert scores.grad.tolist() == [[0.0, 0.0]]
