"""Target attention: the history is read anew for each candidate, its like items weighing most (DIN kind)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.nets.in_parts import in_parts
from genre.nets.running import growth, newer_more, running_mean
from genre.user_towers.base import UserTower, UserTowerConfig

SHARPEST, INITIAL = 30.0, 10.0
"""How sharp attention can become, and how sharp it is at first."""
ROOM = 30.0
"""How far weights may grow with recency before they are measured anew: e^(30 + 30) and e^-30 can be added up as is."""
SCORES_AT_A_TIME = 2**20
"""Positions times candidates held at once; training computes them again on the way back."""


class TargetAttentionConfig(UserTowerConfig):
    """How the history answers for a candidate."""

    temperature: float = Field(0.1, gt=0, le=10, description="Cosines are divided by it: smaller is sharper.")
    half_life: float | None = Field(
        None, gt=0, description="An item this many items ago weighs half as much besides; None: age does not count."
    )
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of inputs hidden in training.")


class TargetAttentionUserTower(UserTower):
    """Scores a candidate by the items so far, those that resemble it weighing most; no matching takes part.

    Time grows with histories x length x candidates, so that `n_negatives` of the loss pays for large catalogues.
    Reference: DIN, arXiv 1706.06978, with a softmax over the history.
    """

    config: TargetAttentionConfig
    EXAMPLES = ({}, {"temperature": 0.5, "half_life": 2, "dropout": 0.0})

    def network(self, width: int, length: int) -> nn.Module:
        return _TargetAttention(self.config, width)


class _TargetAttention(nn.Module):
    def __init__(self, config: TargetAttentionConfig, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        for layer in (self.query, self.key, self.value):
            nn.init.eye_(layer.weight)
        self.sharpness = nn.Parameter(torch.tensor(math.log(INITIAL / (SHARPEST - INITIAL))))
        self.temperature, self.rate = config.temperature, growth(config.half_life)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        values = self.value(self.dropout(items))
        return running_mean(values, newer_more(values.new_zeros(1, values.shape[1]), self.rate))

    def candidate_scores(self, items: Tensor, mask: Tensor, candidates: Tensor, last_only: bool) -> Tensor:
        items = self.dropout(items)
        keys, values = F.normalize(self.key(items), dim=-1), F.normalize(self.value(items), dim=-1)
        queries = F.normalize(self.query(candidates), dim=-1) * (SHARPEST * self.sharpness.sigmoid())
        targets = F.normalize(candidates, dim=-1) / self.temperature

        def read(keys: Tensor, values: Tensor, queries: Tensor, targets: Tensor) -> Tensor:
            weights, said = (keys @ queries.T).float().exp(), (values @ targets.T).float()
            return self._after_the_last(weights, said, mask) if last_only else self._after_each(weights, said)

        keys, values, queries, targets = _as_multiplied(keys, values, queries, targets)
        return in_parts(read, (keys, values), (queries, targets), max(1, SCORES_AT_A_TIME // mask.numel()))

    def _after_each(self, weights: Tensor, said: Tensor) -> Tensor:
        """The mean of what items say (B x L x C), by weight, at each position."""
        length = weights.shape[1]
        block = max(1, int(ROOM / self.rate)) if self.rate else length
        ages = torch.arange(length, device=weights.device) % block
        weights = weights * torch.exp(ages * self.rate).unsqueeze(-1)
        total, mass, means = weights.new_zeros(()), weights.new_zeros(()), []
        for some, their in zip((weights * said).split(block, dim=1), weights.split(block, dim=1), strict=True):
            totals, masses = some.cumsum(dim=1) + total, their.cumsum(dim=1) + mass
            means.append(totals / masses)
            fade = math.exp(-self.rate * block)
            total, mass = totals[:, -1:] * fade, masses[:, -1:] * fade
        return torch.cat(means, dim=1)

    def _after_the_last(self, weights: Tensor, said: Tensor, mask: Tensor) -> Tensor:
        """The same after the whole history: B x 1 x C."""
        ages = mask.sum(dim=1, keepdim=True) - 1 - torch.arange(mask.shape[1], device=mask.device)
        weights = weights * (mask * torch.exp(-self.rate * ages.clamp(min=0))).unsqueeze(-1)
        mass = weights.sum(dim=1, keepdim=True).clamp(min=1e-30)
        return (weights * said).sum(dim=1, keepdim=True) / mass


def _as_multiplied(*tensors: Tensor) -> list[Tensor]:
    """In the number format of products here, so that the way back computes what the way forward did."""
    device = tensors[0].device.type
    wanted = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else torch.float32
    return [tensor.to(wanted) for tensor in tensors]
