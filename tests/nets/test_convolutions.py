import numpy as np
import torch
from torch import nn

from genre.nets import convolutions
from genre.nets.convolutions import Convolutions, StoredConvolutions

ARRAYS = np.random.default_rng(0).integers(0, 256, (9, 3, 16, 12), dtype=np.uint8)
PLACES = np.array([4, -1, 0, 8, 4, 2, -1, 7, 1, 3, 5, 6])


def network(width: int = 5, **options) -> StoredConvolutions:
    torch.manual_seed(0)
    body = Convolutions(3, 8, 2, options.pop("dropout", 0.0))
    return StoredConvolutions(ARRAYS, PLACES, body, width, 127.5, 127.5)


def test_a_row_is_its_array_through_convolutions_group_norm_and_mean():
    made = network()
    first, second = made.body.stages
    inputs = torch.from_numpy(ARRAYS[[4, 8]].astype(np.float32)) / 127.5 - 1
    height, breadth = np.mgrid[-1:1:16j, -1:1:12j]
    places = torch.from_numpy(np.stack([height, breadth])).float()
    inputs = torch.cat([inputs, places.expand(2, 2, 16, 12)], dim=1)
    for stage, channels in ((first, 8), (second, 16)):
        states = nn.functional.conv2d(inputs, stage[0].weight, stride=2, padding=1)
        grouped = states.unflatten(1, (channels // 8, 8)).flatten(2)
        normal = (grouped - grouped.mean(2, keepdim=True)) / (grouped.var(2, correction=0, keepdim=True) + 1e-5).sqrt()
        inputs = nn.functional.gelu(normal.view_as(states))
    expected = inputs.mean((2, 3)) @ made.projection.weight.T
    torch.testing.assert_close(made(torch.tensor([0, 3])), expected, rtol=1e-4, atol=1e-5)


def test_rows_without_an_array_are_zero_and_shapes_follow_the_rows():
    made = network()
    vectors = made(torch.arange(12).view(3, 4))
    assert vectors.shape == (3, 4, 5)
    np.testing.assert_array_equal(vectors.flatten(0, 1).abs().sum(1).detach().numpy() > 0, PLACES >= 0)
    torch.testing.assert_close(vectors[0, 0], vectors[1, 0])  # one array, two rows
    assert made(torch.tensor([1, 6])).abs().sum() == 0
    assert made(torch.tensor([], dtype=torch.int64)).shape == (0, 5)


def test_chunks_change_neither_vectors_nor_gradients(monkeypatch):
    rows, weights = torch.arange(12), torch.randn(12, 5)
    found = []
    for chunk in (100, 2):
        monkeypatch.setattr(convolutions, "CHUNK", chunk)
        made = network()
        vectors = made(rows)
        (vectors * weights).sum().backward()
        found.append([vectors.detach(), *(parameter.grad for parameter in made.parameters())])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_nothing_that_learns_knows_the_rows():
    made = network()
    assert not {tuple(p.shape) for p in made.parameters()} & {(12,), (9,)}
    assert [name for name, _ in made.named_buffers()] == ["places"] and not made.state_dict().keys() & {"places"}


def test_dropout_hides_in_training_only():
    made = network(dropout=0.5)
    rows = torch.tensor([0, 2, 3])
    assert not torch.equal(made(rows), made(rows))
    made.eval()
    assert torch.equal(made(rows), made(rows))
