"""Two LSTMs over padded texts, one from each end."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genre.nets.pooling import pooling


class LstmReader(nn.Module):
    """(word ids C x L, mask C x L) -> C x 2H.

    The backward LSTM reads reversed copies, so that padding always comes last and is never read on the way to a word:
    several times quicker on CPUs than packed sequences.
    """

    def __init__(self, n_words: int, dim: int, hidden: int, word_pooling: str) -> None:
        super().__init__()
        self.vectors = nn.Embedding(n_words, dim)
        nn.init.normal_(self.vectors.weight, std=dim**-0.5)
        self.forwards = nn.LSTM(dim, hidden, batch_first=True)
        self.backwards = nn.LSTM(dim, hidden, batch_first=True)
        self.pool = pooling(word_pooling, 2 * hidden)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        reverse = _reversal(mask)
        after = self.forwards(self.vectors(words))[0]
        before = self.backwards(self.vectors(words.gather(1, reverse)))[0]
        before = before.gather(1, reverse.unsqueeze(-1).expand_as(before))
        pooled: Tensor = self.pool(torch.cat([after, before], dim=-1), mask)
        return pooled


def _reversal(mask: Tensor) -> Tensor:
    """Places that turn each text around and leave its padding: int64 C x L; its own inverse."""
    steps = torch.arange(mask.shape[1], device=mask.device).expand(mask.shape)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - steps, steps)
