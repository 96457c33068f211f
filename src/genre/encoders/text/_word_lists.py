"""Texts as lists of word ids, packed: many rows of a few texts of a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.core.fingerprint import fingerprint


@dataclass(frozen=True, eq=False)
class WordLists:
    """N rows of texts; equal texts are held once, and the shorter ones come first.

    Attributes:
        words: int32 [W], the words of all M different texts, one text after the other.
        starts: int64 [M + 1], where each text begins among the words.
        texts: int32 [S], the texts of all rows, one row after the other.
        rows: int64 [N + 1], where each row begins among the texts.
    """

    words: NDArray[np.int32]
    starts: NDArray[np.int64]
    texts: NDArray[np.int32]
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name, ends, entries in (("words", self.starts, self.words), ("texts", self.rows, self.texts)):
            if entries.dtype != np.int32 or ends[0] != 0 or ends[-1] != len(entries) or (np.diff(ends) < 0).any():
                raise ValueError(f"{name}: expected int32 between offsets that rise from 0 to {len(entries)}")

    @staticmethod
    def of(rows: Sequence[Sequence[tuple[int, ...]]]) -> WordLists:
        """From the texts of each row, each a tuple of word ids."""
        texts = sorted({text for row in rows for text in row}, key=lambda text: (len(text), text))
        place = {text: number for number, text in enumerate(texts)}
        return WordLists(
            np.array([word for text in texts for word in text], dtype=np.int32),
            np.cumsum([0, *map(len, texts)], dtype=np.int64),
            np.array([place[text] for row in rows for text in row], dtype=np.int32),
            np.cumsum([0, *map(len, rows)], dtype=np.int64),
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.words, self.starts, self.texts, self.rows)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows have a text: bool [N]."""
        return np.diff(self.rows) > 0

    @property
    def longest_row(self) -> int:
        """Texts of the row that has most."""
        return int(np.diff(self.rows).max(initial=0))
