import pytest
import torch

from genre.core.errors import RecipeError
from genre.user_towers.multi_head import MultiHeadConfig, MultiHeadUserTower


def network(**settings):
    torch.manual_seed(0)
    config = MultiHeadConfig(**{"heads": 2, "hidden": 5, "dropout": 0.0} | settings)
    return MultiHeadUserTower(config).network(8, 6).eval()


def test_it_is_torch_attention_with_a_causal_mask_then_pooling():
    tower, items = network(), torch.randn(2, 6, 8)
    reference = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
    with torch.no_grad():
        reference.in_proj_weight.copy_(tower.project.weight)
        reference.in_proj_bias.copy_(tower.project.bias)
        reference.out_proj.weight.copy_(tower.merge.weight)
        reference.out_proj.bias.copy_(tower.merge.bias)
    future = torch.ones(6, 6, dtype=torch.bool).triu(1)
    read, _ = reference(items, items, items, attn_mask=future)
    users = tower(items, torch.ones(2, 6, dtype=torch.bool))
    torch.testing.assert_close(users, tower.pooling(items + read))


def test_heads_must_divide_the_width():
    with pytest.raises(RecipeError, match="3 heads do not divide"):
        network(heads=3)
