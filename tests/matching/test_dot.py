import pytest
import torch

from genre.matching.dot import DotConfig, DotMatching

USERS, ITEMS = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [-1.0, 0.0]])


def matching(**fields):
    return DotMatching(DotConfig(**fields)).network(2)


def test_inner_products():
    assert matching()(USERS, ITEMS).tolist() == [[11.0, -1.0]]
    assert list(matching().parameters()) == []


@pytest.mark.parametrize("bias", ["none", "item", "both"])
def test_biases_start_at_zero(bias):
    assert matching(bias=bias, temperature=0.5)(USERS, ITEMS).tolist() == [[22.0, -2.0]]


def test_biases_by_hand():
    network = matching(bias="both", temperature=0.5)
    with torch.no_grad():
        network.item_bias.weight.copy_(torch.tensor([[1.0, -1.0]]))
        network.item_bias.bias.fill_(0.25)
        network.user_bias.weight.copy_(torch.tensor([[2.0, 0.5]]))
    # (11 + (3 - 4 + 0.25) + (2 + 1)) / 0.5 and (-1 + (-1 + 0.25) + 3) / 0.5
    assert network(USERS, ITEMS).tolist() == [[26.5, 2.5]]
    assert network(USERS, ITEMS.unsqueeze(0)).tolist() == [[26.5, 2.5]]


def test_softmax_over_scores_is_the_tempered_one_with_a_bias():
    torch.manual_seed(0)
    network, sigma = matching(bias="item", temperature=0.3), 0.3
    torch.nn.init.normal_(network.item_bias.weight)
    users, items = torch.randn(3, 2), torch.randn(5, 2)
    mass = ((users @ items.T + network.item_bias(items).T) / sigma).exp()
    torch.testing.assert_close(network(users, items).softmax(dim=1), mass / mass.sum(dim=1, keepdim=True))


def test_factors_carry_the_biases_and_their_gradients():
    torch.manual_seed(0)
    network = matching(bias="both")
    users, items = torch.randn(3, 2), torch.randn(5, 2)
    left, right = network.factors(users, items)
    assert left.shape == (3, 4)
    torch.testing.assert_close(left @ right.T, network(users, items))
    (left @ right.T).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())
