import pytest
import torch
from pydantic import ValidationError
from sklearn.metrics import mean_squared_error

from genre.losses.mse import MseConfig, MseLoss


def test_equals_scikit_learn():
    torch.manual_seed(0)
    predicted, given = torch.randn(50), torch.randn(50)
    expected = mean_squared_error(given.numpy(), predicted.numpy())
    assert MseLoss().loss_of_ratings(predicted, given).item() == pytest.approx(expected, rel=1e-6)


def test_gradient_by_hand():
    predicted = torch.tensor([3.0, 1.0], requires_grad=True)
    MseLoss().loss_of_ratings(predicted, torch.tensor([5.0, 1.0])).backward()
    assert predicted.grad.tolist() == [-2.0, 0.0]


def test_it_is_about_ratings_alone():
    assert MseLoss.predicts_ratings
    with pytest.raises(NotImplementedError):
        MseLoss().loss(torch.zeros(1, 2), torch.tensor([0]))
    with pytest.raises(ValidationError):
        MseConfig.model_validate({"n_negatives": 5})
