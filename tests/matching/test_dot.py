import torch

from genre.matching.dot import DotMatching


def test_inner_products():
    scores = DotMatching().network(2)(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [-1.0, 0.0]]))
    assert scores.tolist() == [[11.0, -1.0]]
