import torch

from genre.user_towers.none import NoneUserTower


def test_histories_say_nothing():
    tower = NoneUserTower()
    items = torch.randn(2, 5, 3)
    assert not tower.network(3, 5)(items, torch.ones(2, 5, dtype=torch.bool)).any()
    assert not tower.reads_history
