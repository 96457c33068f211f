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


def tower(ids=IDS, id_dropout=0.0):
    return ItemTower(nn.ModuleList([Lookup()]), PRESENT, ids, WARM, SumFusion().network(2, 2), id_dropout)


def test_content_and_id_add_up_where_they_are():
    vectors = tower()(torch.arange(5))
    expected = torch.stack([CONTENT[0] + IDS[0], IDS[1], CONTENT[2], torch.zeros(2), CONTENT[4] + IDS[4]])
    torch.testing.assert_close(vectors, expected)


def test_known_items_have_content_or_an_id():
    assert tower().known().tolist() == [True, True, True, False, True]
    assert tower(ids=None).known().tolist() == [True, False, True, False, True]


def test_id_dropout_hides_ids_in_training_only():
    torch.manual_seed(0)
    hidden = tower(id_dropout=0.5)
    rows = torch.zeros(1000, dtype=torch.int64)
    shares = (hidden.train()(rows) == CONTENT[0]).all(dim=1).float().mean()
    assert 0.4 < shares < 0.6
    assert (hidden.eval()(rows) == CONTENT[0] + IDS[0]).all()
