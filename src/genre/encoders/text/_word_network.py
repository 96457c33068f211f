"""From word ids to a trained vector per row: a reader turns each text into a vector, pooling makes one of those."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from genre.encoders.text._word_lists import WordLists
from genre.nets.frozen import INITIAL_SCALE

CHUNK_TEXTS = 512
"""Texts that are read at once: of like length, so that little is padded."""
REMEMBERED_WORDS = 2**18
"""Of more words than this (0.8 GiB at the usual widths), chunks are computed again on the way back instead of kept."""


class WordNetwork(nn.Module):
    """rows (int64 [B]) -> B x D; zero for rows without texts. Each text among them is read once.

    Args:
        lists: of all N rows.
        reader: (word ids C x L, mask C x L) -> C x R; its results do not depend on the padding.
        pool: (B x K x R, mask B x K) -> B x R.
        reader_width: R.
        width: D.
    """

    words: Tensor
    starts: Tensor
    texts: Tensor
    rows: Tensor

    def __init__(
        self, lists: WordLists, reader: nn.Module, pool: nn.Module, reader_width: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        for name in ("words", "starts", "texts", "rows"):
            self.register_buffer(name, torch.from_numpy(getattr(lists, name)), persistent=False)
        self.longest_row = lists.longest_row
        self.reader, self.pool = reader, pool
        self.norm, self.dropout = nn.LayerNorm(reader_width), nn.Dropout(dropout)
        self.projection = nn.Linear(reader_width, width)
        nn.init.normal_(self.projection.weight, std=INITIAL_SCALE / reader_width**0.5)
        nn.init.zeros_(self.projection.bias)

    def forward(self, rows: Tensor) -> Tensor:
        places, mask = _spread(self.rows, rows, self.longest_row)
        asked, order = torch.unique(self.texts[places[mask]].long(), return_inverse=True)
        said = self._read(asked)
        texts = said.new_zeros(*mask.shape, said.shape[1]).index_put((mask,), F.embedding(order, said))
        vectors = self.projection(self.dropout(self.norm(self.pool(texts, mask))))
        return vectors * mask.any(dim=1, keepdim=True)

    def _read(self, texts: Tensor) -> Tensor:
        """Different texts in rising order, so that their lengths rise too: C x R."""
        lengths = self.starts[texts + 1] - self.starts[texts]
        parts = [self.projection.weight.new_zeros(0, self.norm.normalized_shape[0])]
        is_kept = not self.training or int(lengths.sum()) <= REMEMBERED_WORDS
        for chunk in texts.split(CHUNK_TEXTS):
            if len(chunk):
                last = chunk[-1]
                places, mask = _spread(self.starts, chunk, int(self.starts[last + 1] - self.starts[last]))
                words = self.words[places].masked_fill(~mask, 0)
                parts.append(self.reader(words, mask) if is_kept else _forgetful(self.reader, words, mask))
        return torch.cat([part.to(parts[-1].dtype) for part in parts])


def _forgetful(reader: nn.Module, words: Tensor, mask: Tensor) -> Tensor:
    read: Tensor = checkpoint(reader, words, mask, use_reentrant=False)
    return read


def _spread(offsets: Tensor, rows: Tensor, longest: int) -> tuple[Tensor, Tensor]:
    """Where the entries of rows stand, int64 [B, longest], and which of them there are, bool [B, longest]."""
    starts = offsets[rows].unsqueeze(1)
    steps = torch.arange(longest, device=rows.device)
    mask = steps < offsets[rows + 1].unsqueeze(1) - starts
    return (starts + steps).masked_fill(~mask, 0), mask
