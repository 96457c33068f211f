"""Item tower, user tower and matching as one network: windows of histories in, loss out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.losses.base import Loss
from genre.matching.base import Factors
from genre.nets.item_tower import ItemTower
from genre.training.windows import left_aligned
from genre.values import Histories

SAMPLING_POWER = 0.75
"""Negatives are drawn by training popularity to this power (arXiv 1310.4546)."""
BATCH = 256
"""Histories scored at a time."""


class TowerNetwork(nn.Module):
    """Windows (int64 [B, L + 1], left-aligned, -1 after) -> loss of predicting each item from those before it.

    Args:
        counts: int64 [N], training interactions; items without any are no candidates, so that content alone decides
            how new items score.
        products: number format of the products of users and all items, None: as they come.
    """

    candidates: Tensor
    place: Tensor
    mass: Tensor

    def __init__(
        self,
        items: ItemTower,
        users: nn.Module,
        matching: nn.Module,
        loss: Loss,
        counts: NDArray[np.int64],
        products: torch.dtype | None,
    ) -> None:
        super().__init__()
        self.items, self.users, self.matching, self.loss, self.products = items, users, matching, loss, products
        candidates = np.flatnonzero(counts)
        place = np.zeros(len(counts), dtype=np.int64)
        place[candidates] = np.arange(len(candidates))
        mass = counts[candidates].astype(np.float64) ** SAMPLING_POWER
        self.register_buffer("candidates", torch.from_numpy(candidates), persistent=False)
        self.register_buffer("place", torch.from_numpy(place), persistent=False)
        self.register_buffer("mass", torch.from_numpy(mass / mass.sum()), persistent=False)

    def forward(self, windows: Tensor) -> Tensor:
        inputs, targets = windows[:, :-1], windows[:, 1:]
        predicted = targets >= 0
        if self.loss.config.n_negatives is None:
            vectors = self.items(self.candidates)
            users = self._read(vectors, self.place[inputs.clamp(min=0)], inputs >= 0)[predicted]
            return self._compare_all(users, vectors, self.place[targets[predicted]])
        return self._compare_sampled(inputs, targets, self.loss.config.n_negatives)

    def _read(self, vectors: Tensor, places: Tensor, mask: Tensor) -> Tensor:
        return self.users(F.embedding(places, vectors) * mask.unsqueeze(-1), mask)

    def _compare_all(self, users: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
        if not isinstance(self.matching, Factors):
            return self.loss.loss(self.matching(users, vectors).float(), targets)
        left, right = self.matching.factors(users, vectors)
        if self.products is not None:
            left, right = left.to(self.products), right.to(self.products)
        return self.loss.loss_of_products(left, right, targets)

    def _compare_sampled(self, inputs: Tensor, targets: Tensor, n_negatives: int) -> Tensor:
        mask, predicted = inputs >= 0, targets >= 0
        drawn = self._draw(n_negatives)
        right = targets[predicted]
        negatives = self.candidates[drawn]
        rows, places = torch.unique(torch.cat([inputs[mask], right, negatives]), return_inverse=True)
        vectors = self.items(rows)
        of_inputs, of_right, of_negatives = places.split([int(mask.sum()), len(right), n_negatives])
        spread = torch.zeros_like(inputs).masked_scatter(mask, of_inputs)
        users = self._read(vectors, spread, mask)[predicted]
        scores = torch.cat(
            [self.matching(users, vectors[of_right].unsqueeze(1)), self.matching(users, vectors[of_negatives])], dim=1
        ).float()
        is_hit = F.pad(negatives[None, :] == right[:, None], (1, 0))
        expected = F.pad((self.mass[drawn] * n_negatives).log().float(), (1, 0))
        return self.loss.loss(scores.masked_fill(is_hit, -torch.inf), torch.zeros_like(right), expected)

    def _draw(self, n_negatives: int) -> Tensor:
        """Places among the candidates, int64 [n], with replacement."""
        points = torch.rand(n_negatives, dtype=self.mass.dtype, device=self.mass.device)
        return torch.searchsorted(self.mass.cumsum(0), points).clamp(max=len(self.mass) - 1)

    @torch.no_grad()
    def item_vectors(self, block: int = 8192) -> Tensor:
        """All items, N x D, float32."""
        rows = torch.arange(len(self.place), device=self.place.device)
        return torch.cat([self.items(part) for part in rows.split(block)]).float()


@dataclass(frozen=True, eq=False)
class TowerScorer:
    """What scoring needs of a trained tower.

    Attributes:
        vectors: N x D.
        length: newest items of a history that are read.
    """

    users: nn.Module
    matching: nn.Module
    vectors: Tensor
    length: int

    @torch.no_grad()
    def __call__(self, histories: Histories) -> NDArray[np.float32]:
        """float32 [B, N]."""
        scores = np.empty((len(histories), len(self.vectors)), dtype=np.float32)
        order = np.argsort(histories.lengths, kind="stable")
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            users = self.user_vectors(histories.take(rows))
            scores[rows] = self.matching(users, self.vectors).float().cpu().numpy()
        return scores

    @torch.no_grad()
    def user_vectors(self, histories: Histories) -> Tensor:
        """Users after their whole history: B x D."""
        windows = torch.from_numpy(left_aligned(histories, self.length)).to(self.vectors.device)
        mask = windows >= 0
        read = self.users(F.embedding(windows.clamp(min=0), self.vectors) * mask.unsqueeze(-1), mask)
        last = mask.sum(dim=1).clamp(min=1) - 1
        return read[torch.arange(len(read), device=read.device), last]
