import torch

from genre.nets.products import products


def test_shared_and_own_candidates():
    users, items = torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 3.0]])
    assert products(users, items).tolist() == [[1.0, 3.0, 6.0], [0.0, 1.0, 3.0]]
    assert products(users, torch.stack([items[:2], items[1:]])).tolist() == [[1.0, 3.0], [1.0, 3.0]]
