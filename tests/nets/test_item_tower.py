import torch
from torch import nn

from genre.fusion.sum import SumFusion
from genre.nets.item_tower import ItemTower

CONTENT = torch.arange(10.0).reshape(5, 2)
IDS = 100.0 + torch.arange(10.0).reshape(5, 2)
WARM = torch.tensor([1, 1, 0, 0, 1], dtype=torch.bool)
PRESENT = torch.tensor([[1], [0], [1], [0], [1]], dtype=torch.bool)


class Lookup(nn.Module):
    def forward(self, rows):
        return CONTENT[rows]


def tower(ids=IDS, norm=None):
    return ItemTower(nn.ModuleList([Lookup()]), PRESENT, ids, WARM, SumFusion().network(2, 2), norm)


def test_content_and_id_add_up_where_they_are():
    vectors = tower()(torch.arange(5))
    expected = torch.stack([CONTENT[0] + IDS[0], IDS[1], CONTENT[2], torch.zeros(2), CONTENT[4] + IDS[4]])
    torch.testing.assert_close(vectors, expected)


def test_known_items_have_content_or_an_id():
    assert tower().known().tolist() == [True, True, True, False, True]
    assert tower(ids=None).known().tolist() == [True, False, True, False, True]


def test_known_items_get_one_length():
    lengths = tower(norm=3.0)(torch.arange(5)).norm(dim=1)
    torch.testing.assert_close(lengths, torch.tensor([3.0, 3.0, 3.0, 0.0, 3.0]))
