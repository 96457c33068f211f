"""Words weighed by rarity, condensed to a few dimensions (latent semantic analysis); no download, no GPU."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.text._axes import principal_axes
from genre.encoders.text._texts import row_texts
from genre.encoders.text._words import Words, frequent_terms, missing_packages, missing_terms
from genre.values import Embeddings


class TfidfConfig(EncoderConfig):
    """Which terms count and how far they are condensed."""

    dim: int = Field(128, ge=1, le=4096, description="Dimensions that are kept, at most as many as the terms span.")
    ngrams: int = Field(1, ge=1, le=3, description="Longest run of words that is a term: 2 adds pairs of neighbours.")
    min_df: int = Field(1, ge=1, description="Training rows that must hold a term before it counts.")
    max_terms: int = Field(50_000, ge=1, description="At most this many terms, the most frequent ones.")
    sublinear: bool = Field(True, description="A term that occurs n times in a row weighs 1 + ln n instead of n.")


class TfidfEncoder(Encoder):
    """tf * (ln((1 + rows) / (1 + rows with the term)) + 1), rows of length 1, projected on the leading singular axes.

    Terms, rarities and axes come from the training rows; a row without a known term counts as one without content.
    Reference: Deerwester et al., Indexing by latent semantic analysis, JASIS 41(6), 1990.
    """

    config: TfidfConfig
    is_text: ClassVar[bool] = True
    EXAMPLES = ({"dim": 16}, {"dim": 8, "ngrams": 2, "min_df": 2, "sublinear": False})

    _terms: dict[str, int] | None = None
    _idf: NDArray[np.float32]
    _axes: NDArray[np.float32]

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return missing_packages(row_texts(table))

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        words = Words(self.config.ngrams)
        return missing_terms(map(words.terms, row_texts(table)), self.config.min_df, table.columns)

    def fit(self, table: pl.DataFrame) -> None:
        words = Words(self.config.ngrams)
        rows = [Counter(words.terms(text)) for text in row_texts(table)]
        kept = frequent_terms(rows, self.config.min_df, self.config.max_terms, table.columns)
        self._terms = {term: place for place, term in enumerate(kept)}
        found = np.array(list(kept.values()))
        self._idf = (np.log((1 + len(rows)) / (1 + found)) + 1).astype(np.float32)
        self._axes = principal_axes(self._matrix(rows), self.config.dim)

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._terms is None:
            raise NotFittedError("tfidf encodes only after fit")
        weights = self.weights(row_texts(table))
        return Embeddings(np.asarray(weights @ self._axes), np.diff(weights.indptr) > 0)

    def weights(self, texts: list[str]) -> sp.csr_array:
        """The rarity-weighed terms of each text before they are condensed: float32 N x terms."""
        words = Words(self.config.ngrams)
        return self._matrix([Counter(words.terms(text)) for text in texts])

    @property
    def width(self) -> int:
        if self._terms is None:
            raise NotFittedError("tfidf knows its width only after fit")
        return self._axes.shape[1]

    def state(self) -> State:
        if self._terms is None:
            raise NotFittedError("tfidf has a state only after fit")
        return State({"terms": list(self._terms)}, {"idf": self._idf, "axes": self._axes})

    def restore(self, state: State) -> None:
        self._terms = {term: place for place, term in enumerate(state.meta["terms"])}
        self._idf, self._axes = state.arrays["idf"], state.arrays["axes"]

    def _matrix(self, rows: list[Counter[str]]) -> sp.csr_array:
        """float32 N x terms, rows of length 1 or 0."""
        terms = self._terms or {}
        known = [[(terms[term], count) for term, count in row.items() if term in terms] for row in rows]
        offsets = np.cumsum([0, *map(len, known)])
        pairs = np.array([pair for row in known for pair in row], dtype=np.int64).reshape(-1, 2)
        counts = pairs[:, 1].astype(np.float32)
        values = (1 + np.log(counts) if self.config.sublinear else counts) * self._idf[pairs[:, 0]]
        matrix = sp.csr_array((values, pairs[:, 0], offsets), shape=(len(rows), len(terms)))
        lengths = np.sqrt(np.asarray(matrix.power(2).sum(axis=1)))
        matrix.data /= np.repeat(lengths, np.diff(matrix.indptr))
        return matrix
