import torch

from genre.user_towers.mean import MeanConfig, MeanUserTower

ITEMS = torch.tensor([[[1.0], [3.0], [8.0]]])
MASK = torch.ones(1, 3, dtype=torch.bool)


def test_running_mean():
    network = MeanUserTower().network(1, 3)
    torch.testing.assert_close(network(ITEMS, MASK), torch.tensor([[[1.0], [2.0], [4.0]]]))


def test_recent_items_weigh_more():
    network = MeanUserTower(MeanConfig(half_life=1)).network(1, 3)
    expected = torch.tensor([[[1.0], [7.0 / 3.0], [(0.25 + 1.5 + 8.0) / 1.75]]])
    torch.testing.assert_close(network(ITEMS, MASK), expected)


def test_long_histories_cost_no_square():
    items = torch.randn(1, 10_000, 2)
    for half_life in (None, 3.0):
        network = MeanUserTower(MeanConfig(half_life=half_life)).network(2, 10_000)
        assert sum(buffer.numel() for buffer in network.buffers()) == 0
        users = network(items, torch.ones(1, 10_000, dtype=torch.bool))
        ages = torch.arange(9_999, -1, -1).double()
        weights = torch.ones(10_000).double() if half_life is None else 0.5 ** (ages / half_life)
        torch.testing.assert_close(
            users[0, -1], ((weights @ items[0].double()) / weights.sum()).float(), atol=1e-5, rtol=1e-4
        )
