import torch

from genre.fusion.weighted import WeightedFusion

VECTORS = torch.tensor([[[2.0], [4.0], [9.0]]])


def test_equal_shares_at_first_among_what_is_present():
    network = WeightedFusion().network(3, 1)
    assert network(VECTORS, torch.tensor([[True, True, True]])).item() == 5.0
    assert network(VECTORS, torch.tensor([[True, True, False]])).item() == 3.0


def test_shares_are_learned():
    network = WeightedFusion().network(3, 1)
    with torch.no_grad():
        network.logits.copy_(torch.tensor([0.0, 0.0, 50.0]))
    torch.testing.assert_close(network(VECTORS, torch.tensor([[True, True, True]])), torch.tensor([[9.0]]))
