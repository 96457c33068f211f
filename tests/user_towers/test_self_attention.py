import pytest
import torch

from genre.core.errors import RecipeError
from genre.user_towers.self_attention import SelfAttentionConfig, SelfAttentionUserTower

CONFIG = SelfAttentionConfig(layers=2, heads=2)


def network(config=CONFIG, width=8, length=12):
    torch.manual_seed(0)
    return SelfAttentionUserTower(config).network(width, length).eval()


def test_later_items_leave_earlier_positions_alone():
    tower, items, mask = network(), torch.randn(3, 12, 8), torch.ones(3, 12, dtype=torch.bool)
    before = tower(items, mask)
    changed = torch.cat([items[:, :5], torch.randn(3, 7, 8)], dim=1)
    torch.testing.assert_close(tower(changed, mask)[:, :5], before[:, :5])
    assert not torch.allclose(tower(changed, mask)[:, 5:], before[:, 5:])


def test_padding_after_a_history_does_not_count():
    tower, items = network(), torch.randn(2, 12, 8)
    short = tower(items[:, :4], torch.ones(2, 4, dtype=torch.bool))
    padded = tower(items, torch.arange(12).expand(2, 12) < 4)
    torch.testing.assert_close(padded[:, :4], short)


def test_gradients_do_not_flow_back_from_the_future():
    tower, items = network(), torch.randn(1, 6, 8, requires_grad=True)
    tower(items, torch.ones(1, 6, dtype=torch.bool))[0, 2].sum().backward()
    assert items.grad[0, :3].abs().sum(dim=1).min() > 0
    assert not items.grad[0, 3:].any()


def test_the_recency_path_adds_a_sum_of_recent_items():
    items, mask = torch.randn(1, 3, 8), torch.ones(1, 3, dtype=torch.bool)
    with_path, without = network(SelfAttentionConfig(recency=1.0)), network(SelfAttentionConfig(recency=None))
    added = with_path(items, mask) - without(items, mask)
    torch.testing.assert_close(added[0, 2], items[0, 0] / 4 + items[0, 1] / 2 + items[0, 2])


def test_heads_must_divide_the_width():
    with pytest.raises(RecipeError, match="heads"):
        network(SelfAttentionConfig(heads=3))


@pytest.mark.parametrize("config", [CONFIG, SelfAttentionConfig(), SelfAttentionConfig(layers=3, recency=None)])
def test_the_last_position_alone_is_as_among_all(config):
    tower, items, last = network(config), torch.randn(5, 12, 8), torch.tensor([11, 0, 3, 7, 11])
    mask = torch.arange(12)[None, :] <= last[:, None]
    everything = tower(items, mask)
    torch.testing.assert_close(tower.after_last(items, last), everything[torch.arange(5), last])
