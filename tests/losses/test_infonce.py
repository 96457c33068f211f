import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from genre.losses.infonce import InfonceConfig, InfonceLoss


def test_cross_entropy_over_a_temperature():
    torch.manual_seed(0)
    users, items, targets = torch.randn(5, 4), torch.randn(5, 4), torch.arange(5)
    expected = -torch.stack([(users[i] @ items.T / 0.2).log_softmax(dim=0)[i] for i in range(5)]).mean()
    loss = InfonceLoss(InfonceConfig(temperature=0.2))
    torch.testing.assert_close(loss.loss(users @ items.T, targets), expected)
    torch.testing.assert_close(loss.loss_of_products(users, items, targets), expected)


def test_repeated_targets_count_once():
    """As the usual B x B contrast whose columns are corrected by the log of how often their item is in the batch."""
    torch.manual_seed(0)
    users, items = torch.randn(4, 3), torch.randn(2, 3)
    targets = torch.tensor([0, 1, 1, 1])
    columns = users @ items[targets].T - torch.tensor([1.0, 3.0, 3.0, 3.0]).log()
    expected = -torch.stack(
        [columns[i][targets == targets[i]].logsumexp(dim=0) - columns[i].logsumexp(dim=0) for i in range(4)]
    ).mean()
    torch.testing.assert_close(InfonceLoss().loss(users @ items.T, targets), expected)


def test_gradients_equal_those_of_torch():
    torch.manual_seed(0)
    users, items = torch.randn(4, 3, requires_grad=True), torch.randn(6, 3, requires_grad=True)
    targets = torch.tensor([0, 5, 5, 2])
    found = torch.autograd.grad(
        InfonceLoss(InfonceConfig(temperature=0.5)).loss_of_products(users, items, targets), (users, items)
    )
    wanted = torch.autograd.grad(F.cross_entropy(users @ items.T / 0.5, targets), (users, items))
    torch.testing.assert_close(found, wanted)


def test_a_number_of_negatives_is_refused():
    with pytest.raises(ValidationError):
        InfonceConfig.model_validate({"n_negatives": 5})
