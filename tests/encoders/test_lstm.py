"""Reviews read by a bidirectional LSTM, beside the packed one of torch."""

import importlib.util

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, NotFittedError
from genre.encoders.text._lstm_reader import LstmReader
from genre.encoders.text._word_lists import WordLists
from genre.encoders.text.lstm import LstmConfig, LstmEncoder

TABLE = pl.DataFrame(
    {
        "text": [["good plot, good cast", "so dull"], ["good cast"], None, ["unheard"], [None, " ", "dull plot"]],
        "title": ["Heat", None, "", "Dull", "Plot"],
    }
)


REVIEWS = TABLE.select("text")


def encoder(table=REVIEWS, **config):
    made = LstmEncoder(LstmConfig(**config))
    made.fit(table)
    return made


def spelled(made, embeddings):
    """The words of the texts of each row."""
    known, lists = made.state().meta["words"], embeddings.inputs
    texts = [lists.words[start:end] for start, end in zip(lists.starts[:-1], lists.starts[1:], strict=True)]
    rows = zip(lists.rows[:-1], lists.rows[1:], strict=True)
    return [[" ".join(known[word] for word in texts[text]) for text in lists.texts[start:end]] for start, end in rows]


def test_words_that_several_training_rows_hold_are_known():
    made = encoder()
    assert made.state().meta["words"] == ["cast", "dull", "good", "plot"]
    found = made.encode(REVIEWS)
    assert spelled(made, found) == [["good plot good cast", "dull"], ["good cast"], [], [], ["dull plot"]]
    assert found.present.tolist() == [True, True, False, False, True]
    assert found.vectors.shape == (5, 0) and made.width == 0 and made.is_trained


def test_as_many_words_and_texts_as_the_config_says():
    made = encoder(max_words=2, max_texts=1, max_terms=3)
    assert made.state().meta["words"] == ["cast", "dull", "good"]
    assert spelled(made, made.encode(REVIEWS)) == [["good good"], ["good cast"], [], [], ["dull"]]


def test_plain_columns_are_one_text_and_several_columns_are_read_together():
    made = encoder(TABLE, min_df=1)
    found = spelled(made, made.encode(TABLE))
    assert found[0] == ["good plot good cast heat", "so dull"]
    assert found[2:] == [[], ["unheard dull"], ["plot", "dull plot"]]
    alone = encoder(TABLE.select("title"), min_df=1)
    assert spelled(alone, alone.encode(TABLE.select("title"))) == [["heat"], [], [], ["dull"], ["plot"]]


def test_no_word_at_all_is_a_fault_and_nothing_goes_before_fit():
    with pytest.raises(DataError, match="no word occurs in 9 or more of the 5 training rows"):
        encoder(min_df=9)
    with pytest.raises(NotFittedError):
        LstmEncoder().encode(TABLE)


def test_numbers_are_read_as_text_and_bytes_are_refused():
    assert encoder(pl.DataFrame({"year": [1999, 1999]})).state().meta["words"] == ["1999"]
    with pytest.raises(DataError, match="cannot be read as text"):
        encoder(pl.DataFrame({"text": [b"\xff\xfe", b"a"]}))


@pytest.mark.skipif(importlib.util.find_spec("jieba") is None, reason="needs jieba")
def test_chinese_is_split_into_words():
    made = encoder(pl.DataFrame({"text": ["我来到北京清华大学", "清华大学很好"]}))
    assert made.state().meta["words"] == ["清华大学"]


def test_padding_and_length_change_nothing_against_packed_sequences():
    """The reader beside torch's own bidirectional LSTM over packed sequences, with the same weights."""
    torch.manual_seed(0)
    reader, theirs = LstmReader(7, 4, 3, "mean"), nn.LSTM(4, 3, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for name, parameter in reader.forwards.named_parameters():
            getattr(theirs, name).copy_(parameter)
        for name, parameter in reader.backwards.named_parameters():
            getattr(theirs, f"{name}_reverse").copy_(parameter)
    lengths = torch.tensor([1, 3, 6])
    words, mask = torch.randint(0, 7, (3, 6)), torch.arange(6) < lengths[:, None]
    packed = nn.utils.rnn.pack_padded_sequence(reader.vectors(words), lengths, batch_first=True, enforce_sorted=False)
    states, _ = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    assert torch.allclose(reader(words, mask), states.sum(dim=1) / lengths[:, None], atol=1e-6)


def test_a_saved_state_reads_new_rows(tmp_path):
    made = encoder()
    save_state(made.state(), tmp_path / "state")
    again = LstmEncoder()
    again.restore(load_state(tmp_path / "state"))
    new = pl.DataFrame({"text": [["a good and dull plot"], ["nothing known"]]})
    assert spelled(again, again.encode(new)) == [["good dull plot"], []]
    assert isinstance(again.encode(new).inputs, WordLists)


def test_the_order_of_words_can_be_learned():
    """Two kinds of rows hold the same words in another order; a mean of word vectors could not tell them apart."""
    rng = np.random.default_rng(0)
    fillers = [f"word{number}" for number in range(6)]
    rows = []
    for number in range(60):
        pair = ["not good", "good not"][number % 2].split()
        rows.append([" ".join([rng.choice(fillers), pair[0], rng.choice(fillers), pair[1]])])
    table = pl.DataFrame({"text": rows})
    made = encoder(table, dim=8, hidden=8, dropout=0.0)
    torch.manual_seed(0)
    network = made.network(made.encode(table), 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    kinds = torch.arange(60) % 2
    for _ in range(60):
        loss = nn.functional.binary_cross_entropy_with_logits(network(torch.arange(60))[:, 0], kinds.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1
