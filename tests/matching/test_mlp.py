import pytest
import torch
from torch import nn

from genre.matching import mlp
from genre.matching.mlp import MlpConfig, MlpMatching


def network(**fields):
    torch.manual_seed(0)
    return MlpMatching(MlpConfig(**{"hidden": (6, 5), **fields})).network(4)


def told(matching):
    for parameter in matching.parameters():
        nn.init.normal_(parameter)
    return matching


def test_starts_as_the_inner_product():
    users, items = torch.randn(3, 4), torch.randn(5, 4)
    torch.testing.assert_close(network()(users, items), users @ items.T)


def test_equals_neumf_over_each_pair():
    """Concatenated vectors through a plain multilayer perceptron, plus the weighted element-wise product."""
    matching, users, items = told(network()), torch.randn(3, 4), torch.randn(5, 4)
    first = nn.Linear(8, 6)
    with torch.no_grad():
        first.weight.copy_(torch.cat([matching.of_user.weight, matching.of_item.weight], dim=1))
        first.bias.copy_(matching.of_user.bias)
    perceptron = nn.Sequential(first, nn.ReLU(), matching.rest[2], nn.ReLU(), matching.rest[-1])
    pairs = [[torch.cat([user, item]) for item in items] for user in users]
    expected = torch.stack([torch.stack([perceptron(pair).squeeze() for pair in row]) for row in pairs])
    expected = expected + torch.einsum("bd,d,nd->bn", users, matching.weights, items)
    torch.testing.assert_close(matching(users, items), expected)


@pytest.mark.parametrize("own", [False, True])
def test_chunks_change_neither_scores_nor_gradients(monkeypatch, own):
    users, items = torch.randn(3, 4, requires_grad=True), torch.randn(7, 4, requires_grad=True)
    found = []
    for chunk in (2**22, 3 * 6 * 2):
        monkeypatch.setattr(mlp, "CHUNK", chunk)
        matching = told(network())
        scores = matching(users, items[torch.arange(6).view(3, 2).repeat(1, 3)] if own else items)
        found.append((scores, *torch.autograd.grad(scores.square().sum(), [users, items, *matching.parameters()])))
    torch.testing.assert_close(found[0], found[1])


def test_training_keeps_no_pairs():
    """What stays in memory between forward and backward does not grow with pairs times hidden units."""
    matching, users, items = told(network(hidden=(64,))), torch.randn(50, 4), torch.randn(400, 4)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):
        matching(users, items).sum()
    assert sum(kept) < 50 * 400 * 64 / 10
