import torch

from genre.matching.base import Factors
from genre.matching.bilinear import BilinearMatching


def test_starts_as_the_inner_product():
    torch.manual_seed(0)
    users, items = torch.randn(3, 4), torch.randn(5, 4)
    torch.testing.assert_close(BilinearMatching().network(4)(users, items), users @ items.T)


def test_the_form_by_hand():
    torch.manual_seed(0)
    network, users, items = BilinearMatching().network(4), torch.randn(3, 4), torch.randn(5, 4)
    torch.nn.init.normal_(network.map.weight)
    expected = torch.einsum("bi,ij,nj->bn", users, network.map.weight.T, items)
    torch.testing.assert_close(network(users, items), expected)
    assert isinstance(network, Factors)
