"""Reviews and other texts read in short runs of words by filters trained with the tower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from genre.encoders.text._word_encoder import WordEncoder, WordEncoderConfig

if TYPE_CHECKING:
    from torch import nn


class CnnTextConfig(WordEncoderConfig):
    """Which words are read, and by which filters."""

    windows: tuple[Annotated[int, Field(ge=1, le=20)], ...] = Field(
        (2, 3, 4), min_length=1, description="Words that a filter sees at once, one or more lengths."
    )
    filters: int = Field(32, ge=1, le=1024, description="Filters per length.")


class CnnTextEncoder(WordEncoder):
    """Filters over runs of several lengths, the strongest answer of each over a text, pooled over a row's texts.

    Nothing is pretrained: it pays where there are many texts, and a frozen language model knows more of few.
    Reference: Kim, Convolutional Neural Networks for Sentence Classification, arXiv 1408.5882.
    """

    config: CnnTextConfig
    EXAMPLES = (
        {"dim": 6, "filters": 4, "min_df": 1},
        {"dim": 4, "filters": 3, "windows": (1, 5), "max_words": 4, "min_df": 1, "pooling": "attention"},
    )

    def reader(self, n_words: int) -> tuple[nn.Module, int]:
        from genre.encoders.text._cnn_reader import CnnReader

        config = self.config
        return CnnReader(n_words, config.dim, config.windows, config.filters), len(config.windows) * config.filters
