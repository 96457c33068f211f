"""From a network as it is to what scores, also items without training interactions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genre.core.seeds import some_of
from genre.nets.content_map import ContentMap, ContentRidge
from genre.nets.trained import BLOCK
from genre.recommenders._tower_build import Tower
from genre.recommenders._tower_columns import ContentSpace, Given
from genre.recommenders._tower_content import Content
from genre.recommenders._tower_liking import liking_map
from genre.recommenders._tower_scorer import TowerScorer
from genre.values import Embeddings, Interactions

FEW_NEW = 0.01
"""Judging is about new items where more than this share of what is judged is with them."""
MOST_ITEMS = 20_000
"""Trained items from which it is learned what content says, at most; others are left out by chance."""


@dataclass(frozen=True, eq=False)
class Told:
    """What the features say of trained items, and regressions on it.

    Attributes:
        rows: int64 [n], the items.
        by_count: each item counts by the root of its interactions.
        alike: all count the same.
    """

    space: ContentSpace
    rows: NDArray[np.int64]
    by_count: ContentRidge
    alike: ContentRidge


@dataclass(eq=False)
class Finisher:
    """Finishes one tower, as often as it is judged; what frozen encoders say is looked at once.

    Attributes:
        judges_new: whether judging is about new items too; where it is not, they are not placed for it.
    """

    tower: Tower
    judges_new: bool = True
    _told: Told | None = field(default=None, init=False)

    @staticmethod
    def of(tower: Tower, judged: Interactions) -> Finisher:
        """For a tower that is judged on some interactions."""
        n_new = int(np.count_nonzero(tower.counts[judged.item_rows] == 0))
        return Finisher(tower, n_new > FEW_NEW * len(judged))

    def judged(self) -> TowerScorer:
        """What scores, for judging."""
        if self.judges_new:
            return self()[0]
        vectors = self.tower.network.read_items()[0]
        vectors[torch.from_numpy(self.tower.counts == 0)] = 0.0
        return self._scorer(vectors)

    def _scorer(self, vectors: Tensor) -> TowerScorer:
        network, length = self.tower.network, self.tower.plan.length
        profiles = network.profile_vectors()
        return TowerScorer(network.users, network.matching, vectors, length, profiles, network.rated).with_factors()

    def __call__(self) -> tuple[TowerScorer, Content | None]:
        """What scores, and how new items get a vector: None without features that speak of any trained item."""
        vectors, given = self._read()
        scorer = self._scorer(vectors)
        told = self._tell(given) if given else None
        if told is None:
            return scorer, None
        content = self._content(scorer, told)
        return self._with_cold(scorer, content, given), content

    def _read(self) -> tuple[Tensor, list[Given]]:
        """All items, N x D, and what each feature says of them: each module encodes each item once."""
        features = self.tower.features
        trained = [place for place, one in enumerate(features) if one.encoder.is_trained]
        vectors, found = self.tower.network.read_items(trained)
        said: dict[int, Embeddings] = {}
        for place, one in zip(trained, found.cpu().unbind(1), strict=True):
            present = features[place].embeddings.present
            said[place] = Embeddings(one.numpy() * present[:, None], present)
        return vectors, [Given(one.raw, one.embeddings, said.get(place)) for place, one in enumerate(features)]

    def _tell(self, given: list[Given]) -> Told | None:
        if self._told is not None:
            return self._told
        tower = self.tower
        rows = some_of(np.flatnonzero(tower.counts), MOST_ITEMS, tower.seed, "taught items")
        taught = [one.take(rows) for one in given]
        space = ContentSpace.fit(tower.features, taught, tower.network.items.features, tower.seed)
        columns = space.columns(taught)
        if not columns.present.any():
            return None
        rows, content = rows[columns.present], columns.vectors[columns.present]
        by_count, alike = (ContentRidge.of(content, tower.counts[rows] ** power) for power in (0.5, 0.0))
        told = Told(space, rows, by_count, alike)
        if all(one.said is None for one in given):
            self._told = told
        return told

    def _content(self, scorer: TowerScorer, told: Told) -> Content:
        mapped = told.by_count.fit(_array(scorer.vectors)[told.rows]).map
        liking, width = self._liking(scorer, told), scorer.vectors.shape[1]
        return Content(told.space, self.tower.alignments, mapped, liking, width, self.tower.network.items.norm)

    def _liking(self, scorer: TowerScorer, told: Told) -> ContentMap | None:
        """None where matching multiplies no factors; where scores are ratings, as the trained items are rated."""
        if scorer.factors is None:
            return None
        factors = _array(scorer.factors)[told.rows]
        if scorer.rated is not None:
            return told.by_count.fit(factors).map
        users = scorer.all_user_factors(self.tower.taught)
        return liking_map(told.alike, users, self.tower.taught.matrix()[:, told.rows], factors)

    def _with_cold(self, scorer: TowerScorer, content: Content, given: list[Given]) -> TowerScorer:
        """The same with vectors, and factors, of the items that training did not see."""
        vectors, factors = scorer.vectors.float().clone(), scorer.factors
        factors = None if factors is None else factors.float().clone()
        cold = np.flatnonzero(self.tower.counts == 0)
        for start in range(0, len(cold), BLOCK):
            rows = cold[start : start + BLOCK]
            columns = content.space.columns([one.take(rows) for one in given])
            _fill(vectors, rows, content.vectors(columns))
            found = content.factors(columns)
            if factors is not None and found is not None:
                _fill(factors, rows, found)
        return replace(scorer, vectors=vectors, factors=factors)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.float().cpu().numpy()
    return found


def _fill(tensor: Tensor, rows: NDArray[np.int64], values: Embeddings) -> None:
    tensor[torch.from_numpy(rows)] = torch.from_numpy(values.vectors).to(tensor.device)
