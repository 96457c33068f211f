"""Texts as batches of token numbers of about equal length, so that little is computed for padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def token_batches(texts: Sequence[str], tokenizer: Any, max_length: int, budget: int) -> Iterator[TokenBatch]:
    """All `texts`, shortest first, in batches of at most `budget` tokens with padding (or one text)."""
    rows: list[list[int]] = tokenizer(
        list(texts), truncation=True, max_length=max_length, return_attention_mask=False, return_token_type_ids=False
    )["input_ids"]
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    lengths = np.array([len(row) for row in rows])
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        sizes = lengths[order[start:]]
        fits = int((sizes * np.arange(1, len(sizes) + 1) <= budget).sum())
        places = order[start : start + max(fits, 1)]
        ids = np.full((len(places), int(lengths[places[-1]])), padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, place in enumerate(places):
            ids[row, : lengths[place]] = rows[place]
            mask[row, : lengths[place]] = 1
        yield TokenBatch(places, ids, mask)
        start += len(places)
