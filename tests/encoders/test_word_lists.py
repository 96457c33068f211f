"""Rows of texts of words, packed; and the network that spreads them out again."""

import numpy as np
import pytest
import torch
from torch import nn

from genre.encoders.text import _word_network
from genre.encoders.text._word_lists import WordLists
from genre.encoders.text._word_network import WordNetwork
from genre.nets.pooling import MaskedMean

ROWS = [[(4, 1, 2), (3,)], [], [(3,), (3,), (0, 1)]]


def test_equal_texts_are_held_once_and_short_ones_come_first():
    lists = WordLists.of(ROWS)
    assert lists.words.tolist() == [3, 0, 1, 4, 1, 2] and lists.starts.tolist() == [0, 1, 3, 6]
    assert lists.texts.tolist() == [2, 0, 0, 0, 1] and lists.rows.tolist() == [0, 2, 2, 5]
    assert lists.present.tolist() == [True, False, True] and lists.longest_row == 3


def test_offsets_must_fit():
    with pytest.raises(ValueError, match="texts"):
        WordLists(np.zeros(0, np.int32), np.array([0]), np.zeros(2, np.int32), np.array([0, 1]))


class Summing(nn.Module):
    """Reads a text as the sum of its words' numbers and the count of them; counts how many texts it read."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.n_read = 0

    def forward(self, words, mask):
        self.n_read += len(words)
        return torch.stack([(words * mask).sum(dim=1) * self.scale, mask.sum(dim=1).float()], dim=1)


def network(rows=ROWS):
    made = WordNetwork(WordLists.of(rows), Summing(), MaskedMean(), 2, 2, 0.0)
    made.norm, made.projection = nn.LayerNorm(2), nn.Linear(2, 2)
    with torch.no_grad():
        made.projection.weight.copy_(torch.eye(2))
        made.projection.bias.zero_()
    made.norm.forward = lambda vectors: vectors
    return made


def test_a_row_is_the_mean_of_its_texts_and_each_text_is_read_once():
    made = network()
    assert made(torch.tensor([2, 0, 1, 0])).tolist() == [
        pytest.approx([10 * (3 + 3 + 1) / 3, 4 / 3]),
        pytest.approx([10 * (7 + 3) / 2, 2.0]),
        [0.0, 0.0],
        pytest.approx([10 * (7 + 3) / 2, 2.0]),
    ]
    assert made.reader.n_read == 3
    assert made(torch.tensor([1])).tolist() == [[0.0, 0.0]] and made.reader.n_read == 3
    assert made(torch.empty(0, dtype=torch.int64)).shape == (0, 2)


def test_rows_without_any_text_are_fine():
    assert network([[], []])(torch.tensor([0, 1])).tolist() == [[0.0, 0.0]] * 2


def test_small_chunks_and_forgotten_ones_change_nothing(monkeypatch):
    """Neither the vectors nor the gradients."""
    rng = np.random.default_rng(0)
    rows = [[tuple(rng.integers(0, 9, rng.integers(1, 6)).tolist()) for _ in range(3)] for _ in range(20)]
    results = []
    for chunk, remembered in ((512, 10**6), (4, 10**6), (4, 3)):
        monkeypatch.setattr(_word_network, "CHUNK_TEXTS", chunk)
        monkeypatch.setattr(_word_network, "REMEMBERED_WORDS", remembered)
        made = network(rows).train()
        vectors = made(torch.arange(20))
        vectors.pow(2).sum().backward()
        results.append((vectors.detach(), made.reader.scale.grad))
    for vectors, gradient in results[1:]:
        assert torch.allclose(vectors, results[0][0]) and torch.allclose(gradient, results[0][1])
