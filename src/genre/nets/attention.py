"""Causal self-attention that knows how long ago something was, not where in the history it stands."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genre.core.errors import Fault, RecipeError

STEEPEST, FLATTEST = 0.3, 0.03
"""Attention logits lost per item of age, in the first and the last head."""


def check_heads(heads: int, width: int, where: str) -> None:
    """Refuse heads that cannot share the width, in the name of the recipe's part `where`.

    Raises:
        RecipeError: the heads do not divide the width.
    """
    if width % heads:
        what = f"{heads} heads do not divide the tower's dim of {width}."
        raise RecipeError(Fault(f"{where}.heads", what, f"Take a divisor of {width}, or another dim."))


def causal_bias(length: int, heads: int) -> Tensor:
    """What attention logits lose with age: heads x L x L, -inf for the future.

    Counted from the reading position, so that the newest item always looks the same, whatever the length.
    Reference: ALiBi, arXiv 2108.12409.
    """
    positions = torch.arange(length)
    age = (positions[:, None] - positions[None, :]).float()
    slopes = torch.logspace(0, 1, heads, base=FLATTEST / STEEPEST) * STEEPEST
    bias = -slopes[:, None, None] * age.clamp(min=0)
    return bias.masked_fill(age < 0, -torch.inf)


class AttentionBlock(nn.Module):
    """Pre-norm self-attention and feed-forward: (B x L x D, bias heads x L x L) -> B x L x D.

    With `at`, int64 B, for that position of each alone: B x 1 x D.

    Reference: arXiv 2002.04745 (the norm before, not after).
    """

    def __init__(self, width: int, heads: int, dropout: float, expansion: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, expansion * width), nn.Linear(expansion * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor, at: Tensor | None = None) -> Tensor:
        batch, length, width = x.shape
        split = self.project(self.norm_attention(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        if at is not None:
            x, bias = position(x, at), bias[:, at].transpose(0, 1).unsqueeze(2)
            query = query.gather(2, at[:, None, None, None].expand(-1, self.heads, 1, width // self.heads))
        read = F.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        x = x + self.dropout(self.merge(read.transpose(1, 2).reshape(batch, -1, width)))
        return x + self.dropout(self.narrow(F.gelu(self.widen(self.norm_forward(x)))))


def position(x: Tensor, at: Tensor) -> Tensor:
    """One position of each row: (B x L x D, int64 B) -> B x 1 x D."""
    return x.gather(1, at[:, None, None].expand(-1, 1, x.shape[2]))
