"""From a network as it is to what scores, also items without training interactions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genre.nets.content_map import ContentMap, ContentRidge
from genre.recommenders._tower_build import Tower
from genre.recommenders._tower_columns import ContentSpace, Given
from genre.recommenders._tower_content import Content
from genre.recommenders._tower_liking import liking_map
from genre.recommenders._tower_scorer import TowerScorer
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class Told:
    """What the features say of all N items, and regressions on what they say of the trained ones.

    Attributes:
        columns: N x F.
        rows: int64 [n], items with training interactions of which the features say something.
        by_count: each item counts by the root of its interactions.
        alike: all count the same.
    """

    space: ContentSpace
    columns: Embeddings
    rows: NDArray[np.int64]
    by_count: ContentRidge
    alike: ContentRidge


@dataclass(eq=False)
class Finisher:
    """Finishes one tower, as often as it is judged; what frozen encoders say is looked at once."""

    tower: Tower
    _told: Told | None = field(default=None, init=False)

    def __call__(self) -> tuple[TowerScorer, Content | None]:
        """What scores, and how new items get a vector: None without features that speak of any trained item."""
        network = self.tower.network
        vectors, given = self._read()
        profiles = network.profile_vectors()
        length = self.tower.plan.length
        scorer = TowerScorer(network.users, network.matching, vectors, length, profiles, network.rated).with_factors()
        told = self._tell(given) if given else None
        return (scorer, None) if told is None else self._with_content(scorer, told)

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
        tower, warm = self.tower, self.tower.counts > 0
        space = ContentSpace.fit(tower.features, given, list(tower.network.items.features), warm, tower.seed)
        columns = space.columns(given)
        rows = np.flatnonzero(columns.present & warm)
        if not len(rows):
            return None
        content = columns.vectors[rows]
        by_count, alike = (ContentRidge.of(content, tower.counts[rows] ** power) for power in (0.5, 0.0))
        told = Told(space, columns, rows, by_count, alike)
        if all(one.said is None for one in given):
            self._told = told
        return told

    def _with_content(self, scorer: TowerScorer, told: Told) -> tuple[TowerScorer, Content]:
        tower, vectors = self.tower, scorer.vectors
        mapped = told.by_count.fit(_array(vectors)[told.rows]).map
        content = Content(
            told.space, tower.alignments, mapped, self._liking(scorer, told), vectors.shape[1], tower.network.items.norm
        )
        cold = np.flatnonzero(tower.counts == 0)
        columns = Embeddings(told.columns.vectors[cold], told.columns.present[cold])
        vectors = _filled(vectors, cold, content.vectors(columns).vectors)
        factors = content.factors(columns)
        if scorer.factors is None or factors is None:
            return replace(scorer, vectors=vectors), content
        return replace(scorer, vectors=vectors, factors=_filled(scorer.factors, cold, factors.vectors)), content

    def _liking(self, scorer: TowerScorer, told: Told) -> ContentMap | None:
        """None where matching multiplies no factors; where scores are ratings, as the trained items are rated."""
        if scorer.factors is None:
            return None
        factors = _array(scorer.factors)[told.rows]
        if scorer.rated is not None:
            return told.by_count.fit(factors).map
        users = scorer.all_user_factors(self.tower.taught)
        return liking_map(told.alike, users, self.tower.taught.matrix()[:, told.rows], factors)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.float().cpu().numpy()
    return found


def _filled(tensor: Tensor, rows: NDArray[np.int64], values: NDArray[np.float32]) -> Tensor:
    """A copy with other rows."""
    made = tensor.float().clone()
    made[torch.from_numpy(rows)] = torch.from_numpy(values).to(made.device)
    return made
