"""Filters over runs of words, the strongest answer of each."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CnnReader(nn.Module):
    """(word ids C x L, mask C x L) -> C x (windows x filters), at least 0.

    Behind the last word stand zero vectors, so that a text that is shorter than a window is read too; runs that lie
    beyond the text, or reach over its end while a whole one fits, do not count.
    """

    def __init__(self, n_words: int, dim: int, windows: Sequence[int], filters: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(n_words, dim)
        nn.init.normal_(self.vectors.weight, std=dim**-0.5)
        self.windows = tuple(windows)
        self.filters = nn.ModuleList(nn.Conv1d(dim, filters, window) for window in windows)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        vectors = (self.vectors(words) * mask.unsqueeze(-1)).transpose(1, 2)
        lengths = mask.sum(dim=1, keepdim=True)
        steps = torch.arange(mask.shape[1], device=mask.device)
        answers = []
        for size, read in zip(self.windows, self.filters, strict=True):
            answer = F.relu(read(F.pad(vectors, (0, size - 1))))
            counts = steps < (lengths - size + 1).clamp(min=1)
            answers.append((answer * counts.unsqueeze(1)).amax(dim=2))
        return torch.cat(answers, dim=1)
