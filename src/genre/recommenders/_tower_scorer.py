"""What is left of a tower when it is trained: item vectors, profiles, and how histories are read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.matching.base import Factors
from genre.nets.products import products
from genre.nets.ratings import RatedItems
from genre.recommenders._tower_answers import alike
from genre.recommenders._tower_query import after_all
from genre.user_towers.base import TargetAware
from genre.values import Embeddings, Histories
from genre.values.windows import left_aligned, left_aligned_ratings


@dataclass(frozen=True, eq=False)
class TowerScorer:
    """What scoring needs of a trained tower.

    Attributes:
        vectors: N x D, as histories are read.
        length: newest items of a history that are read.
        profiles: U x D, or None where users have none.
        rated: where scores are ratings: how those of a history are read.
        factors: N x K, where matching multiplies factors of users with those of items; else None.
    """

    users: nn.Module
    matching: nn.Module
    vectors: Tensor
    length: int
    profiles: Tensor | None = None
    rated: RatedItems | None = None
    factors: Tensor | None = None

    @torch.no_grad()
    def with_factors(self) -> TowerScorer:
        """The same with the factors of its vectors, if matching has any."""
        if isinstance(self.users, TargetAware) or not isinstance(self.matching, Factors):
            return self
        return replace(self, factors=self.matching.factors(self.vectors[:1], self.vectors)[1])

    def placing(
        self, rows: NDArray[np.integer], vectors: Embeddings, factors: Embeddings | None, n_items: int
    ) -> TowerScorer:
        """The same for `n_items` items, those at `rows` with these vectors, and factors where there are any."""
        placed = _with_rows(self.vectors, rows, vectors, n_items)
        if self.factors is None or factors is None:
            return replace(self, vectors=placed)
        return replace(self, vectors=placed, factors=_with_rows(self.factors, rows, factors, n_items))

    @torch.no_grad()
    def all_user_factors(self, histories: Histories) -> NDArray[np.float32]:
        """`user_factors` of any number of histories: float32 [B, K]."""
        batches = alike(histories)
        found = torch.cat([self.user_factors(histories.take(rows)).float() for rows in batches]).cpu().numpy()
        return found[np.argsort(np.concatenate(batches))]  # type: ignore[no-any-return]

    @torch.no_grad()
    def user_factors(self, histories: Histories) -> Tensor:
        """What the items' factors are multiplied with: B x K."""
        assert isinstance(self.matching, Factors)
        return self.matching.factors(self.user_vectors(histories), self.vectors[:1])[0]

    @torch.no_grad()
    def __call__(self, histories: Histories) -> NDArray[np.float32]:
        """float32 [B, N]."""
        scores = np.empty((len(histories), len(self.vectors)), dtype=np.float32)
        for rows in alike(histories):
            scores[rows] = self._scores(histories.take(rows)).float().cpu().numpy()
        return scores if self.rated is None else scores + np.float32(self.rated.scale.mean)

    def rate(self, histories: Histories) -> NDArray[np.float32]:
        """Scores within the range of training ratings: float32 [B, N]; only where scores are ratings."""
        assert self.rated is not None
        return np.clip(self(histories), self.rated.scale.low, self.rated.scale.high)

    def _scores(self, histories: Histories) -> Tensor:
        if self.factors is not None:
            return products(self.user_factors(histories), self.factors)
        if not isinstance(self.users, TargetAware):
            return self.matching(self.user_vectors(histories), self.vectors)
        items, mask = self._read(histories)
        scores = self.users.candidate_scores(items, mask, self.vectors, last_only=True).squeeze(1)
        scores = scores * mask.any(dim=1, keepdim=True)
        profiles = self.profiles_of(histories)
        return scores if profiles is None else scores + self.matching(profiles, self.vectors)

    @torch.no_grad()
    def user_vectors(self, histories: Histories) -> Tensor:
        """Users after their whole history: B x D; without one, their profile."""
        users = after_all(self.users, *self._read(histories))
        profiles = self.profiles_of(histories)
        return users if profiles is None else users + profiles

    def _read(self, histories: Histories) -> tuple[Tensor, Tensor]:
        """What the user tower reads, B x L x D, left-aligned, and where there is something, bool B x L."""
        windows = torch.from_numpy(left_aligned(histories, self.length)).to(self.vectors.device)
        mask = windows >= 0
        items = F.embedding(windows.clamp(min=0), self.vectors) * mask.unsqueeze(-1)
        if self.rated is None:
            return items, mask
        ratings = left_aligned_ratings(histories, self.length)
        return self.rated(items, None if ratings is None else torch.from_numpy(ratings).to(items.device)), mask

    def item_vectors(self) -> NDArray[np.float32]:
        """float32 [N, D]."""
        return self.vectors.numpy()  # type: ignore[no-any-return]

    def known_profiles(self) -> NDArray[np.float32]:
        """float32 [U, D]; only where users have profiles."""
        assert self.profiles is not None
        return self.profiles.numpy(force=True)  # type: ignore[no-any-return]

    def item_factors(self) -> NDArray[np.float32] | None:
        """float32 [N, K], where matching multiplies them."""
        return None if self.factors is None else self.factors.float().numpy()

    def has_profile(self, histories: Histories) -> NDArray[np.bool_]:
        """Of whom a profile says something: bool [B]."""
        profiles = self.profiles_of(histories)
        return np.zeros(len(histories), np.bool_) if profiles is None else profiles.any(dim=1).numpy()

    def profiles_of(self, histories: Histories) -> Tensor | None:
        """What the users' profiles say, B x D, zero where nothing is known; None: of nobody."""
        if self.profiles is None:
            return None
        if histories.profiles is not None:
            return torch.from_numpy(histories.profiles).to(self.profiles.device)
        if histories.user_rows is None:
            return None
        rows = torch.from_numpy(histories.user_rows.astype(np.int64)).to(self.profiles.device)
        return self.profiles[rows.clamp(min=0)] * (rows >= 0).unsqueeze(1)


def _with_rows(tensor: Tensor, rows: NDArray[np.integer], given: Embeddings, n_rows: int) -> Tensor:
    placed = tensor.new_zeros(n_rows, tensor.shape[1])
    placed[: len(tensor)] = tensor
    placed[torch.from_numpy(rows.astype(np.int64))] = torch.from_numpy(given.vectors).to(tensor)
    return placed
