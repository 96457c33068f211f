import torch

from genre.nets.recency import RecencySum


def test_each_item_counts_half_after_its_half_life():
    items = torch.tensor([[[8.0], [4.0], [1.0]]])
    summed = RecencySum(5, half_life=1.0)(items)
    torch.testing.assert_close(summed, torch.tensor([[[8.0], [8.0], [5.0]]]))


def test_the_gain_is_learned():
    network = RecencySum(3, half_life=2.0)
    network(torch.ones(1, 3, 1)).sum().backward()
    assert network.gain.grad.item() > 0
