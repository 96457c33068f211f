import numpy as np
import torch

from genre.user_towers.lightgcn import LightgcnUserTower


def test_users_are_sums_over_the_root_of_how_many_there_are():
    items = torch.randn(2, 5, 3)
    users = LightgcnUserTower().network(3, 5)(items, torch.ones(2, 5, dtype=torch.bool)).numpy()
    for position in range(5):
        expected = items[:, : position + 1].numpy().sum(axis=1) / np.sqrt(position + 1)
        np.testing.assert_allclose(users[:, position], expected, atol=1e-6)
