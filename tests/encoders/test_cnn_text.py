"""Reviews read by filters over runs of words, computed by hand."""

import polars as pl
import pytest
import torch

from genre.encoders.text._cnn_reader import CnnReader
from genre.encoders.text.cnn_text import CnnTextConfig, CnnTextEncoder


def reader():
    """Words 0 to 3 have the vectors 1, 2, -3, 4; one filter adds two neighbours, one takes a word from 5."""
    made = CnnReader(4, 1, (2, 1), 1)
    with torch.no_grad():
        made.vectors.weight.copy_(torch.tensor([[1.0], [2.0], [-3.0], [4.0]]))
        for filters, weight, bias in zip(made.filters, (1.0, -1.0), (0.0, 5.0), strict=True):
            filters.weight.fill_(weight)
            filters.bias.fill_(bias)
    return made


def test_the_strongest_answer_over_the_text_counts():
    words = torch.tensor([[0, 1, 2, 3], [1, 3, 0, 0], [2, 0, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], dtype=torch.bool)
    # runs of two: 1+2, 2-3, -3+4; 2+4 (not 4 and padding); -3 and padding, which is below 0
    # single words from 5: 4, 3, 8, 1; 3, 1; 8
    assert reader()(words, mask).tolist() == [[3.0, 8.0], [6.0, 3.0], [0.0, 8.0]]


def test_padding_changes_nothing():
    torch.manual_seed(0)
    made = CnnReader(9, 5, (1, 2, 4), 3)
    words = torch.randint(0, 9, (6, 8))
    for length in range(1, 9):
        mask = (torch.arange(8) < length).expand(6, 8)
        alone = made(words[:, :length], mask[:, :length])
        assert torch.allclose(made(words, mask), alone, atol=1e-6)


def test_a_window_longer_than_any_text_still_reads():
    table = pl.DataFrame({"text": [["good"], ["good", "bad"], ["bad"]]})
    made = CnnTextEncoder(CnnTextConfig(min_df=1, windows=(6,), filters=4))
    made.fit(table)
    network = made.network(made.encode(table), 3).eval()
    vectors = network(torch.arange(3))
    assert vectors.shape == (3, 3) and torch.isfinite(vectors).all()
    assert not torch.allclose(vectors[0], vectors[2])


@pytest.mark.parametrize("windows", [(0,), (21,), ()])
def test_windows_have_a_range(windows):
    with pytest.raises(ValueError, match="windows"):
        CnnTextConfig(windows=windows)


def test_equal_seeds_make_equal_networks():
    table = pl.DataFrame({"text": ["good film", "bad film"]})
    made = CnnTextEncoder(CnnTextConfig(min_df=1))
    made.fit(table)
    vectors = []
    for _ in range(2):
        torch.manual_seed(3)
        vectors.append(made.network(made.encode(table), 4).eval()(torch.arange(2)))
    assert torch.equal(*vectors) and vectors[0].std() > 0
