"""Reviews and other texts read word by word, forwards and backwards, by a small network trained with the tower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genre.encoders.text._word_encoder import WordEncoder, WordEncoderConfig

if TYPE_CHECKING:
    from torch import nn


class LstmConfig(WordEncoderConfig):
    """Which words are read, and by how wide a network."""

    hidden: int = Field(32, ge=1, le=1024, description="Width of the state, in each direction.")
    word_pooling: Literal["mean", "attention"] = Field(
        "mean", description="How the states of a text's words become one vector."
    )


class LstmEncoder(WordEncoder):
    """A bidirectional LSTM over the words of each text, pooled over words and then over the texts of a row.

    Nothing is pretrained: it pays where there are many texts, and a frozen language model knows more of few.
    Reference: Schuster and Paliwal, Bidirectional recurrent neural networks, IEEE TSP 45(11), 1997.
    """

    config: LstmConfig
    EXAMPLES = (
        {"dim": 6, "hidden": 5, "min_df": 1},
        {"dim": 4, "hidden": 3, "max_words": 3, "min_df": 1, "pooling": "attention", "word_pooling": "attention"},
    )

    def reader(self, n_words: int) -> tuple[nn.Module, int]:
        from genre.encoders.text._lstm_reader import LstmReader

        config = self.config
        return LstmReader(n_words, config.dim, config.hidden, config.word_pooling), 2 * config.hidden
