"""Indexes over what a model compares: items that users like, items alike, items that words are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genre.config.recipe import INDEXES
from genre.core.artifacts import State
from genre.core.component import ComponentConfig
from genre.core.seeds import some_of
from genre.encoders.base import Feature
from genre.indexes.base import Index, IndexHealth
from genre.values import Embeddings

if TYPE_CHECKING:
    from genre.pipeline.model import Model

LIKED, ALIKE, WORDS = "liked", "alike", "words"
MOST_USERS = 1_000
"""Whose questions show how good an index is."""


@dataclass(frozen=True, eq=False)
class Finder:
    """One index for each kind of question that is an inner product with all items.

    Attributes:
        config: of all indexes.
        indexes: by `LIKED` (factors of the recommender), `ALIKE` (item vectors of length 1), `WORDS` (vectors of the
            text feature, where they are others and there is one such feature).
        words_are_alike: whether item vectors are those of the text feature.
    """

    config: ComponentConfig
    indexes: Mapping[str, Index]
    words_are_alike: bool = False

    @property
    def liked(self) -> Index | None:
        """Answers what users like; None: scores are no inner products."""
        return self.indexes.get(LIKED)

    @property
    def alike(self) -> Index | None:
        """Answers what is like an item; None: there are no item vectors."""
        return self.indexes.get(ALIKE)

    @property
    def words(self) -> Index | None:
        """Answers what a text is about; None: there are no texts, or several to be weighed."""
        return self.indexes.get(ALIKE if self.words_are_alike else WORDS)

    @property
    def health(self) -> dict[str, IndexHealth]:
        """Of each index, by name."""
        return {name: index.health for name, index in self.indexes.items()}

    def following(self, model: Model, rows: NDArray[np.integer]) -> Finder:
        """The same for a model whose items at `rows` are new or other."""
        tables = dict(_tables(model))
        found = {name: index.following(tables[name], rows) for name, index in self.indexes.items()}
        return Finder(self.config, found, self.words_are_alike)

    def states(self) -> dict[str, State]:
        """For `reopened`."""
        return {name: index.state() for name, index in self.indexes.items()}


def built(model: Model, config: ComponentConfig) -> Finder:
    """Indexes over all that the model compares.

    Raises:
        MissingExtraError: the index needs a package that is not installed.
    """
    asked = {LIKED: _asked(model)}
    indexes: dict[str, Index] = {}
    for name, table in _tables(model):
        index: Index = INDEXES.build(config)
        indexes[name] = index.build(table, asked.get(name))
    return Finder(config, indexes, _words_are_alike(model))


def reopened(model: Model, config: ComponentConfig, states: Mapping[str, State]) -> Finder:
    """Indexes that were saved with the model.

    Raises:
        BundleError: they are of other vectors.
    """
    tables = dict(_tables(model))
    indexes: dict[str, Index] = {}
    for name, state in states.items():
        index: Index = INDEXES.build(config)
        indexes[name] = index.reopen(tables[name], state)
    return Finder(config, indexes, _words_are_alike(model))


def searched_feature(model: Model) -> Feature | None:
    """The feature that texts are compared with, where there is exactly one."""
    found = [one for one in model.features if one.encoder.is_text and one.embeddings.dim]
    return found[0] if len(found) == 1 else None


def _tables(model: Model) -> Iterator[tuple[str, Embeddings]]:
    """What is searched, by name."""
    factors, text = model.recommender.factors(), searched_feature(model)
    if factors is not None:
        yield LIKED, factors
    if model.vectors is not None:
        yield ALIKE, model.vectors
    if text is not None and not _words_are_alike(model):
        yield WORDS, Embeddings(text.embeddings.normalized(), text.embeddings.present)


def _words_are_alike(model: Model) -> bool:
    return searched_feature(model) is not None and sum(one.embeddings.dim > 0 for one in model.features) == 1


def _asked(model: Model) -> NDArray[np.float32] | None:
    """Factors of some users; None: nobody has any."""
    if model.recommender.factors() is None:
        return None
    users = some_of(np.flatnonzero(model.histories.lengths), MOST_USERS, model.recipe.seed, "index")
    found = model.recommender.user_factors(model.histories.take(users))
    return found.vectors[found.present] if found.present.any() else None
