"""Texts as token numbers: all in one array, and in batches of about equal length, so that little is padded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.fingerprint import fingerprint


@dataclass(frozen=True, eq=False)
class TokenBatch:
    """B texts of nearly the same length.

    Attributes:
        places: int64 [B], where each stands among the texts.
        ids: int64 [B, L], padded at the right.
        mask: int64 [B, L], 1 where a token stands.
    """

    places: NDArray[np.int64]
    ids: NDArray[np.int64]
    mask: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TokenTable:
    """Tokens of n texts.

    Attributes:
        ids: int32 [T], text after text.
        offsets: int64 [n + 1], where each begins and the last one ends.
        padding: the number that fills shorter texts of a batch.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    padding: int

    @staticmethod
    def of(texts: Sequence[str], tokenizer: Any, max_length: int) -> TokenTable:
        """At most `max_length` tokens of each text, at least one."""
        padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        found: list[list[int]] = []
        if texts:
            found = tokenizer(
                list(texts),
                truncation=True,
                max_length=max_length,
                return_attention_mask=False,
                return_token_type_ids=False,
            )["input_ids"]
        return TokenTable.of_rows(found, int(padding))

    @staticmethod
    def of_rows(found: Sequence[Sequence[int]], padding: int) -> TokenTable:
        """Of the tokens of each text; one without any gets one of padding."""
        rows = [row or [padding] for row in found]
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int64)
        ids = np.fromiter((token for row in rows for token in row), dtype=np.int32, count=int(offsets[-1]))
        return TokenTable(ids, offsets, padding)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text: int64 [n]."""
        return np.diff(self.offsets)

    def places(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the tokens of B texts stand in `ids`, int64 [B, L], and which of them are a text's own, bool [B, L].

        Places behind the end of a text are those of its last token.
        """
        starts, lengths = self.offsets[rows], self.lengths[rows]
        steps = np.arange(int(lengths.max(initial=1)))
        return starts[:, None] + np.minimum(steps, lengths[:, None] - 1), steps < lengths[:, None]

    def batch(self, rows: NDArray[np.int64]) -> TokenBatch:
        """Texts `rows` side by side."""
        places, is_token = self.places(rows)
        ids = np.where(is_token, self.ids[places], self.padding)
        return TokenBatch(rows, ids.astype(np.int64), is_token.astype(np.int64))

    def batches(self, budget: int) -> Iterator[TokenBatch]:
        """All texts, shortest first, in batches of at most `budget` tokens with padding (or one text)."""
        order = np.argsort(self.lengths, kind="stable")
        lengths = self.lengths[order]
        start = 0
        while start < len(order):
            within = lengths[start : start + budget]
            count = max(int((within * np.arange(1, len(within) + 1) <= budget).sum()), 1)
            yield self.batch(order[start : start + count])
            start += count


@dataclass(frozen=True, eq=False)
class TextInputs:
    """What a tuned language model reads of each row.

    Attributes:
        places: int64 [N], which text a row has; -1 where it has none.
        tokens: of the n different texts.
        states: [T, D], what enters the learning layers: float16, or float32 where a value is too large for that;
            memory-mapped from disk but for a handful of texts. None: computed from tokens.
    """

    places: NDArray[np.int64]
    tokens: TokenTable
    states: NDArray[Any] | None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.places, self.tokens.ids, self.tokens.offsets)
