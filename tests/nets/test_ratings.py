import numpy as np
import pytest
import torch

from genre.nets.ratings import RatedItems
from genre.values.rating_scale import RatingScale

SCALE = RatingScale(3.0, 2.0, 1.0, 5.0)


def test_the_scale_of_training_ratings():
    scale = RatingScale.of(np.float32([1, 5, np.nan, 3]))
    assert (scale.mean, scale.low, scale.high) == (3.0, 1.0, 5.0)
    assert scale.spread == pytest.approx(np.std([1, 5, 3]))
    assert RatingScale.of(np.float32([4, 4])).spread == 1.0
    assert RatingScale(*scale.to_list()) == scale


def test_at_first_ratings_say_nothing():
    items = torch.randn(2, 3, 4)
    torch.testing.assert_close(RatedItems(4, SCALE)(items, torch.full((2, 3), 5.0)), items)


def test_opinions_by_hand():
    rated, items = RatedItems(2, SCALE), torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
    with torch.no_grad():
        rated.opinion.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        rated.opinion.bias.fill_(0.5)
    read = rated(items, torch.tensor([[5.0, 3.0, torch.nan]]))
    assert read.tolist() == [[[3.5, 3.5], [3.0, 4.0], [5.0, 6.0]]]
    assert torch.equal(rated(items, None), items)


def test_the_first_step_is_felt():
    rated, items = RatedItems(4, SCALE), torch.randn(2, 3, 4)
    rated(items, torch.tensor([[1.0, 5.0, torch.nan]] * 2)).square().sum().backward()
    assert all(torch.isfinite(parameter.grad).all() and parameter.grad.any() for parameter in rated.parameters())
