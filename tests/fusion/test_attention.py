import pytest
import torch
from torch import nn

from genre.core.errors import RecipeError
from genre.fusion.attention import AttentionFusion

WIDTH, HEADS = 6, 2
MASK = torch.tensor([[True, True, True], [True, False, True], [False, True, False], [False, False, False]])


def network():
    torch.manual_seed(0)
    return AttentionFusion().network(3, WIDTH), torch.randn(4, 3, WIDTH)


def test_training_starts_from_the_sum():
    fusion, vectors = network()
    torch.testing.assert_close(fusion(vectors, MASK), (vectors * MASK.unsqueeze(-1)).sum(dim=1))


def test_reads_as_torch_does():
    fusion, vectors = network()
    nn.init.normal_(fusion.merge.weight)
    reference = nn.MultiheadAttention(WIDTH, HEADS, bias=False, batch_first=True)
    with torch.no_grad():
        reference.in_proj_weight.copy_(torch.cat([fusion.query.weight, fusion.key.weight, fusion.value.weight]))
        reference.out_proj.weight.copy_(fusion.merge.weight)
    shown = vectors * MASK.unsqueeze(-1)
    looks = fusion.norm.norm(shown) + fusion.norm.kinds
    there = MASK[:3]
    told, _ = reference(looks[:3], looks[:3], shown[:3], key_padding_mask=~there)
    expected = ((shown[:3] + told) * there.unsqueeze(-1)).sum(dim=1)
    torch.testing.assert_close(fusion(vectors, MASK)[:3], expected)
    assert not fusion(vectors, MASK)[3].any()


def test_every_weight_learns_after_the_first_step():
    fusion, vectors = network()
    optimizer = torch.optim.SGD(fusion.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (fusion(vectors, MASK) - 1.0).square().sum().backward()
        optimizer.step()
    assert all(parameter.grad.abs().sum() > 0 for parameter in fusion.parameters())


def test_heads_must_divide_the_width():
    with pytest.raises(RecipeError, match=r"fusion\.heads"):
        AttentionFusion().network(2, 7)
