"""Item tower, user tower and matching as one network: windows of histories in, losses out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.losses.base import Loss
from genre.matching.base import Factors
from genre.nets.item_tower import ItemTower
from genre.nets.profile_tower import ProfileTower
from genre.nets.ratings import RatedItems
from genre.recommenders._tower_alignment import AlignmentLosses
from genre.training.windows import Windows
from genre.user_towers.base import TargetAware

SAMPLING_POWER = 0.75
"""Negatives are drawn by training popularity to this power (arXiv 1310.4546)."""


@dataclass(frozen=True, eq=False)
class Reading:
    """Windows with the vectors of their items.

    Attributes:
        windows: as they came.
        vectors: C x D, the items at hand.
        places: int64 [B, L + 1], where each item of the windows is among them; anything where none is.
    """

    windows: Windows
    vectors: Tensor
    places: Tensor

    @property
    def mask(self) -> Tensor:
        """Inputs that there are: bool B x L."""
        return self.windows.items[:, :-1] >= 0

    @property
    def predicted(self) -> Tensor:
        """Positions after which an item follows: bool B x L."""
        return self.windows.items[:, 1:] >= 0

    @property
    def inputs(self) -> Tensor:
        """B x L x D, zero where there is no item."""
        return F.embedding(self.places[:, :-1], self.vectors) * self.mask.unsqueeze(-1)


class TowerNetwork(nn.Module):
    """Windows -> the losses, by name: of predicting each item from those before it, and of alignments.

    With profiles, the first item of a history is predicted from the profile alone.

    Args:
        profiles: None where users have none.
        alignments: losses beside the recommendation loss.
        counts: int64 [N], training interactions; items without any are no candidates, so that content alone decides
            how new items score.
        products: number format of the products of users and all items, None: as they come.

    Attributes:
        rated: how the ratings of a history are read, set where the loss is one of ratings.
    """

    candidates: Tensor
    place: Tensor
    mass: Tensor

    def __init__(
        self,
        items: ItemTower,
        users: nn.Module,
        profiles: ProfileTower | None,
        matching: nn.Module,
        loss: Loss,
        alignments: AlignmentLosses,
        counts: NDArray[np.int64],
        products: torch.dtype | None,
    ) -> None:
        super().__init__()
        self.items, self.users, self.profiles, self.matching = items, users, profiles, matching
        self.rated: RatedItems | None = None
        self.loss, self.alignments, self.products = loss, alignments, products
        candidates = np.flatnonzero(counts)
        place = np.zeros(len(counts), dtype=np.int64)
        place[candidates] = np.arange(len(candidates))
        mass = counts[candidates].astype(np.float64) ** (SAMPLING_POWER if loss.corrects_sampling else 0.0)
        self.register_buffer("candidates", torch.from_numpy(candidates), persistent=False)
        self.register_buffer("place", torch.from_numpy(place), persistent=False)
        self.register_buffer("mass", torch.from_numpy(mass / mass.sum()), persistent=False)

    def forward(self, windows: Windows) -> dict[str, Tensor]:
        if self.loss.predicts_ratings:
            return self._ratings(windows)
        if self.loss.negatives_from_batch:
            return self._among_batch(windows)
        if self.loss.config.n_negatives is None:
            return self._among_all(windows)
        return self._among_sampled(windows, self.loss.config.n_negatives)

    def _among_all(self, windows: Windows) -> dict[str, Tensor]:
        vectors, parts = self._encode(self.candidates)
        reading = Reading(windows, vectors, self.place[windows.items.clamp(min=0)])
        targets = self._targets(reading)
        if isinstance(self.users, TargetAware):
            return {self._name: self.loss.loss(self._target_aware(reading, vectors), targets), **parts}
        return {self._name: self._compare_all(self._users(reading), vectors, targets), **parts}

    def _compare_all(self, users: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
        if not isinstance(self.matching, Factors):
            return self.loss.loss(self.matching(users, vectors).float(), targets)
        left, right = self.matching.factors(users, vectors)
        if self.products is not None:
            left, right = left.to(self.products), right.to(self.products)
        return self.loss.loss_of_products(left, right, targets)

    def _among_batch(self, windows: Windows) -> dict[str, Tensor]:
        reading, _, parts = self._read_with(windows, self.candidates[:0])
        places, targets = torch.unique(self._targets(reading), return_inverse=True)
        vectors = F.embedding(places, reading.vectors)
        if isinstance(self.users, TargetAware):
            return {self._name: self.loss.loss(self._target_aware(reading, vectors), targets), **parts}
        return {self._name: self._compare_all(self._users(reading), vectors, targets), **parts}

    def _among_sampled(self, windows: Windows, n_negatives: int) -> dict[str, Tensor]:
        drawn = self._draw(n_negatives)
        negatives = self.candidates[drawn]
        reading, places, parts = self._read_with(windows, negatives)
        vectors, targets = reading.vectors, self._targets(reading)
        if isinstance(self.users, TargetAware):
            all_scores = self._target_aware(reading, vectors)
            own, others = all_scores.gather(1, targets[:, None]), all_scores.index_select(1, places)
        else:
            users = self._users(reading)
            own = self.matching(users, F.embedding(targets, vectors).unsqueeze(1))
            others = self.matching(users, F.embedding(places, vectors))
        scores = torch.cat([own, others], dim=1).float()
        is_hit = F.pad(self._is_hit(reading, targets, places), (1, 0))
        expected = F.pad((self.mass[drawn] * n_negatives).log().float(), (1, 0))
        loss = self.loss.loss(scores.masked_fill(is_hit, -torch.inf), torch.zeros_like(targets), expected)
        return {self._name: loss, **parts}

    def _is_hit(self, reading: Reading, targets: Tensor, places: Tensor) -> Tensor:
        """Which negatives are none, P x C: the item to predict or, unless sampling is corrected, any of the window."""
        if self.loss.corrects_sampling:
            return places[None, :] == targets[:, None]
        there, at = reading.windows.items >= 0, reading.places
        owners = torch.arange(len(at), device=at.device)[:, None].expand_as(at)
        touched = torch.zeros(len(at), len(reading.vectors), dtype=torch.bool, device=at.device)
        touched[owners[there], at[there]] = True
        return touched[:, places][self._at_positions(reading, owners)]

    def _ratings(self, windows: Windows) -> dict[str, Tensor]:
        if windows.ratings is None or self.rated is None:
            raise ValueError("ratings: the interactions have none")
        reading, _, parts = self._read_with(windows, self.candidates[:0])
        targets, ratings = self._targets(reading), self._at_positions(reading, windows.ratings)
        if isinstance(self.users, TargetAware):
            predicted = self._target_aware(reading, reading.vectors).gather(1, targets[:, None]).squeeze(1)
        else:
            items = F.embedding(targets, reading.vectors)
            predicted = self.matching(self._users(reading), items.unsqueeze(1)).squeeze(1)
        is_rated = torch.isfinite(ratings)
        predicted = predicted[is_rated].float() + self.rated.scale.mean
        if not len(predicted):
            return {self._name: predicted.sum(), **parts}
        return {self._name: self.loss.loss_of_ratings(predicted, ratings[is_rated]), **parts}

    @property
    def _name(self) -> str:
        return self.loss.config.type_name()

    def _encode(self, rows: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Items as vectors, C x D, and the alignment losses on them."""
        vectors, mask = self.items.modalities(rows)
        return self.items.fuse(vectors, mask), self.alignments(vectors, mask, rows)

    def _read_with(self, windows: Windows, more: Tensor) -> tuple[Reading, Tensor, dict[str, Tensor]]:
        """Each item of the windows and of `more` encoded once; the places of `more` among them."""
        there = windows.items >= 0
        rows, places = torch.unique(torch.cat([windows.items[there], more]), return_inverse=True)
        vectors, parts = self._encode(rows)
        n_there = len(places) - len(more)
        spread = torch.zeros_like(windows.items).masked_scatter(there, places[:n_there])
        return Reading(windows, vectors, spread), places[n_there:], parts

    def _users(self, reading: Reading) -> Tensor:
        """User vectors at the P predicted positions: P x D; those before any item, known by profile only, last."""
        read = self.users(self._inputs(reading), reading.mask)
        if self.profiles is None:
            return read[reading.predicted]
        profiles = self.profiles(reading.windows.users)
        return torch.cat([(read + profiles.unsqueeze(1))[reading.predicted], profiles[self._first(reading)]])

    def _inputs(self, reading: Reading) -> Tensor:
        """What the user tower reads: B x L x D."""
        if self.rated is None or reading.windows.ratings is None:
            return reading.inputs
        return self.rated(reading.inputs, reading.windows.ratings[:, :-1])

    def _target_aware(self, reading: Reading, candidates: Tensor) -> Tensor:
        """Scores of candidates (C x D) at the predicted positions: P x C."""
        assert isinstance(self.users, TargetAware)
        scores = self.users.candidate_scores(self._inputs(reading), reading.mask, candidates, last_only=False)
        if self.profiles is None:
            return scores[reading.predicted].float()
        by_profile = self.matching(self.profiles(reading.windows.users), candidates)
        joint = (scores + by_profile.unsqueeze(1))[reading.predicted]
        return torch.cat([joint, by_profile[self._first(reading)]]).float()

    def _targets(self, reading: Reading) -> Tensor:
        """Where the P items to predict are among the vectors: int64 [P]."""
        return self._at_positions(reading, reading.places)

    def _at_positions(self, reading: Reading, values: Tensor) -> Tensor:
        """Values (B x L + 1) of the items to predict: [P]."""
        following = values[:, 1:][reading.predicted]
        return following if self.profiles is None else torch.cat([following, values[:, 0][self._first(reading)]])

    def _first(self, reading: Reading) -> Tensor:
        """Windows whose first item is predicted from the profile: bool [B]."""
        assert self.profiles is not None
        return reading.windows.from_start & self.profiles.known(reading.windows.users)

    def _draw(self, n_negatives: int) -> Tensor:
        """Places among the candidates, int64 [n], with replacement."""
        points = torch.rand(n_negatives, dtype=self.mass.dtype, device=self.mass.device)
        return torch.searchsorted(self.mass.cumsum(0), points).clamp(max=len(self.mass) - 1)

    @torch.no_grad()
    def read_items(self, kept: Sequence[int] = (), block: int = 8192) -> tuple[Tensor, Tensor]:
        """All items, N x D, and what the modalities at the places `kept` say of them, N x kept x D; float32."""
        vectors, said = [], []
        for rows in torch.arange(len(self.place), device=self.place.device).split(block):
            found, mask = self.items.modalities(rows)
            vectors.append(self.items.fuse(found, mask).float())
            said.append(found[:, list(kept)].float())
        return torch.cat(vectors), torch.cat(said)

    @torch.no_grad()
    def profile_vectors(self) -> Tensor | None:
        """All users' profiles, U x D, float32; None where there are none."""
        if self.profiles is None:
            return None
        return self.profiles(torch.arange(len(self.profiles.present), device=self.place.device)).float()
