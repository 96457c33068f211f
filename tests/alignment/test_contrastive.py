import math

import pytest
import torch
import torch.nn.functional as F

from genre.alignment.base import Comparing
from genre.alignment.contrastive import ContrastiveAlignment, ContrastiveConfig

ROWS = torch.arange(6)


def network(world, n_modalities=2, **fields):
    torch.manual_seed(0)
    return ContrastiveAlignment(ContrastiveConfig(**fields)).network(n_modalities, 6, world)


def test_identical_orthogonal_unit_vectors_have_the_known_loss(world):
    both = torch.eye(6).unsqueeze(1).expand(6, 2, 6)
    value = network(world, temperature=0.5)(both, torch.ones(6, 2, dtype=torch.bool), ROWS)
    assert value.item() == pytest.approx(math.log(1 + 5 * math.exp(-2.0)), rel=1e-5)


def test_vectors_that_are_all_alike_cannot_be_told_apart(world):
    alike = torch.ones(6, 2, 6)
    value = network(world)(alike, torch.ones(6, 2, dtype=torch.bool), ROWS)
    assert value.item() == pytest.approx(math.log(6), rel=1e-5)


def test_by_hand_both_ways_without_items_that_lack_one(world):
    vectors = torch.tensor([[[3.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]], [[9.0, 9.0], [1.0, 2.0]]])
    mask = torch.tensor([[True, True], [True, True], [False, True]])
    cosines = torch.tensor([[1.0, math.sqrt(0.5)], [0.0, math.sqrt(0.5)]])
    right = torch.arange(2)
    expected = (F.cross_entropy(cosines, right) + F.cross_entropy(cosines.T, right)) / 2
    torch.testing.assert_close(network(world, temperature=1.0)(vectors, mask, ROWS[:3]), expected)


def test_three_modalities_are_the_mean_of_their_pairs(world):
    torch.manual_seed(1)
    vectors, mask = torch.randn(6, 3, 6), torch.ones(6, 3, dtype=torch.bool)
    pairs = [network(world)(vectors[:, list(pair)], mask[:, :2], ROWS) for pair in ((0, 1), (0, 2), (1, 2))]
    torch.testing.assert_close(network(world, 3)(vectors, mask, ROWS), torch.stack(pairs).mean())


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_heads_compare_elsewhere_but_leave_the_id_part_as_it_is(world, head):
    module = network(world, between=("text", "ids"), head=head)
    vectors = torch.randn(6, 2, 6)
    assert isinstance(module, Comparing)
    torch.testing.assert_close(module.compared(vectors)[:, 1], vectors[:, 1])
    assert not torch.allclose(module.compared(vectors)[:, 0], vectors[:, 0])


def test_a_few_steps_match_what_belongs_together(world):
    torch.manual_seed(0)
    vectors = torch.nn.Parameter(torch.randn(6, 2, 6))
    module, optimizer = network(world), torch.optim.Adam([vectors], lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        module(vectors, torch.ones(6, 2, dtype=torch.bool), ROWS).backward()
        optimizer.step()
    units = F.normalize(vectors, dim=-1)
    assert (units[:, 0] @ units[:, 1].T).argmax(dim=1).tolist() == list(range(6))
