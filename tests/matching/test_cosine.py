import torch
import torch.nn.functional as F

from genre.matching.cosine import CosineConfig, CosineMatching


def test_cosines_over_temperature():
    torch.manual_seed(0)
    users, items = torch.randn(3, 4), torch.randn(5, 4)
    network = CosineMatching(CosineConfig(temperature=0.5)).network(4)
    expected = F.cosine_similarity(users[:, None], items[None], dim=-1) / 0.5
    torch.testing.assert_close(network(users, items), expected)
    torch.testing.assert_close(network(7.0 * users, 9.0 * items), expected)


def test_a_bias_is_read_from_the_direction_and_divided_too():
    network = CosineMatching(CosineConfig(bias="item", temperature=0.5)).network(2)
    with torch.no_grad():
        network.item_bias.weight.copy_(torch.tensor([[1.0, 0.0]]))
    users, items = torch.tensor([[0.0, 3.0]]), torch.tensor([[3.0, 4.0]])
    torch.testing.assert_close(network(users, items), torch.tensor([[(0.8 + 0.6) / 0.5]]))
