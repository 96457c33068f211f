"""What encoders that learn word vectors from scratch have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.text._texts import row_texts, row_values
from genre.encoders.text._word_lists import WordLists
from genre.encoders.text._words import Words, frequent_terms, missing_packages, missing_terms
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn


class WordEncoderConfig(EncoderConfig):
    """Which words are read, and how many of them.

    Training over the whole catalogue reads all texts in every batch: each doubling of `max_texts` or `max_words`
    doubles its time where texts are that long.
    """

    dim: int = Field(32, ge=1, le=1024, description="Width of word vectors.")
    max_texts: int = Field(5, ge=1, le=1000, description="Texts of a row that are read, such as its newest reviews.")
    max_words: int = Field(30, ge=1, le=10_000, description="Known words of a text that are read, the first ones.")
    min_df: int = Field(2, ge=1, description="Training rows that must hold a word before it is known.")
    max_terms: int = Field(20_000, ge=1, description="At most this many words, the most frequent ones.")
    pooling: Literal["mean", "attention"] = Field("mean", description="How the texts of a row become one vector.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of a row's vector that training hides.")


class WordEncoder(Encoder):
    """Texts as ids of words that occur in training rows; their vectors and what reads them are trained with the tower.

    A list (reviews) holds one text per value, a plain column one text; the k-th values of several columns are read
    together. A row without a known word counts as one without content.
    """

    config: WordEncoderConfig

    _words: dict[str, int] | None = None

    @property
    def is_trained(self) -> bool:
        return True

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return missing_packages(row_texts(table))

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        words = Words(1)
        rows = ([word for text in texts for word in words.terms(text)] for texts in row_values(table))
        return missing_terms(rows, self.config.min_df, table.columns)

    def fit(self, table: pl.DataFrame) -> None:
        config, words = self.config, Words(1)
        rows = [Counter(word for text in texts for word in words.terms(text)) for texts in row_values(table)]
        kept = frequent_terms(rows, config.min_df, config.max_terms, table.columns)
        self._words = {word: place for place, word in enumerate(kept)}

    def encode(self, table: pl.DataFrame) -> Embeddings:
        known, words, config = self._known(), Words(1), self.config
        read: dict[str, tuple[int, ...]] = {"": ()}
        rows = []
        for texts in row_values(table):
            for text in texts:
                if text not in read:
                    ids = [known[word] for word in words.terms(text) if word in known]
                    read[text] = tuple(ids[: config.max_words])
            rows.append([read[text] for text in texts if read[text]][: config.max_texts])
        lists = WordLists.of(rows)
        return Embeddings(np.zeros((len(rows), 0), dtype=np.float32), lists.present, lists)

    @property
    def width(self) -> int:
        return 0

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        from genre.encoders.text._word_network import WordNetwork
        from genre.nets.pooling import pooling

        assert isinstance(embeddings.inputs, WordLists)
        reader, reader_width = self.reader(len(self._known()))
        pool = pooling(self.config.pooling, reader_width)
        return WordNetwork(embeddings.inputs, reader, pool, reader_width, width, self.config.dropout)

    @abstractmethod
    def reader(self, n_words: int) -> tuple[nn.Module, int]:
        """An untrained module (word ids C x L below `n_words`, mask C x L) -> C x R, and R."""

    def state(self) -> State:
        return State({"words": list(self._known())})

    def restore(self, state: State) -> None:
        self._words = {str(word): place for place, word in enumerate(state.meta["words"])}

    def _known(self) -> dict[str, int]:
        if self._words is None:
            raise NotFittedError(f"{self.config.type_name()} encodes only after fit")
        return self._words
