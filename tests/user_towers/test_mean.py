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
