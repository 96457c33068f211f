import torch

from genre.user_towers.additive_attention import AdditiveAttentionConfig, AdditiveAttentionUserTower


def network(half_life=None):
    torch.manual_seed(0)
    config = AdditiveAttentionConfig(hidden=5, dropout=0.0, half_life=half_life)
    return AdditiveAttentionUserTower(config).network(4, 6).eval()


def test_each_position_is_the_softmax_weighted_mean_of_its_past():
    tower, items = network(), torch.randn(2, 6, 4)
    users = tower(items, torch.ones(2, 6, dtype=torch.bool))
    for position in range(6):
        past = items[:, : position + 1]
        weights = tower.pooling.weigh(torch.tanh(tower.pooling.look(past))).softmax(dim=1)
        torch.testing.assert_close(users[:, position], (weights * past).sum(dim=1))


def test_order_counts_only_with_a_half_life():
    items, mask = torch.randn(1, 6, 4), torch.ones(1, 6, dtype=torch.bool)
    for half_life, same in ((None, True), (2.0, False)):
        tower = network(half_life)
        assert torch.allclose(tower(items, mask)[:, -1], tower(items.flip(1), mask)[:, -1], atol=1e-6) == same


def test_long_histories_cost_no_square():
    tower = network()
    users = tower(torch.randn(1, 10_000, 4), torch.ones(1, 10_000, dtype=torch.bool))
    assert users.shape == (1, 10_000, 4) and torch.isfinite(users).all()
