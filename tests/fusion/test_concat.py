import torch

from genre.fusion.concat import ConcatFusion


def test_one_linear_map_of_what_is_present():
    torch.manual_seed(0)
    network, vectors = ConcatFusion().network(2, 3), torch.randn(1, 2, 3)
    both = network.merge(vectors.reshape(1, 6))
    torch.testing.assert_close(network(vectors, torch.tensor([[True, True]])), both)
    first = network.merge(torch.cat([vectors[:, 0], torch.zeros(1, 3)], dim=1))
    torch.testing.assert_close(network(vectors, torch.tensor([[True, False]])), first)
