import pytest
import torch

from genre.core.errors import RecipeError
from genre.fusion.cross_attention import CrossAttentionConfig, CrossAttentionFusion

MASK = torch.tensor([[True, True, True], [True, False, True], [False, True, False], [False, False, False]])


def network(heads=2, width=6):
    torch.manual_seed(0)
    return CrossAttentionFusion(CrossAttentionConfig(heads=heads)).network(3, width), torch.randn(4, 3, width)


def test_training_starts_from_the_mean_of_what_is_there():
    fusion, vectors = network()
    expected = (vectors * MASK.unsqueeze(-1)).sum(dim=1) / MASK.sum(dim=1, keepdim=True).clamp(min=1)
    torch.testing.assert_close(fusion(vectors, MASK), expected)


def test_weights_by_hand():
    fusion, vectors = network(heads=1)
    with torch.no_grad():
        fusion.query.normal_()
        fusion.change.weight.normal_()
    looks = fusion.norm.norm(vectors[1]) + fusion.norm.kinds
    scores = [(fusion.query[0] @ (fusion.key.weight @ looks[place])).item() / 6**0.5 for place in (0, 2)]
    weights = torch.tensor(scores).softmax(dim=0)
    values = vectors[1] + vectors[1] @ fusion.change.weight.T
    expected = weights[0] * values[0] + weights[1] * values[2]
    torch.testing.assert_close(fusion(vectors, MASK)[1], expected)


def test_learns_to_heed_one_modality():
    fusion, _ = network()
    optimizer = torch.optim.Adam(fusion.parameters(), lr=0.05)
    torch.manual_seed(1)
    for _ in range(150):
        vectors = torch.randn(32, 3, 6)
        loss = (fusion(vectors, torch.ones(32, 3, dtype=torch.bool)) - vectors[:, 1]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_heads_must_divide_the_width():
    with pytest.raises(RecipeError, match=r"fusion\.heads"):
        network(heads=4)
