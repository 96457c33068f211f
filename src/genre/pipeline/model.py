"""A fitted model: everything that is needed to answer, and nothing that is not."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import RANKERS, Recipe
from genre.core.component import ComponentConfig
from genre.core.errors import Fault, RequestError, near
from genre.encoders.base import Encoder, Feature
from genre.pipeline._growing import with_items
from genre.pipeline._near import near_lists, without_self
from genre.pipeline._strangers import with_changed_profile, with_profiles
from genre.pipeline.finder import Finder, built
from genre.pipeline.posted import Posted
from genre.pipeline.searching import text_scores, text_vectors
from genre.ranking import needs_all_scores, rank
from genre.ranking.base import Ranker, RankingContext
from genre.recommenders.base import Recommender
from genre.values import Catalog, Embeddings, Histories, Rankings, columns
from genre.values.vocabulary import UNKNOWN

Ids = Sequence[str | int]
BLOCK_SCORES, BLOCK_ROWS = 2**24, 1024
"""Scores (64 MiB) and histories that are held at once."""


@dataclass(frozen=True, eq=False)
class Model:
    """Answers `recommend`, `similar` and `search`.

    Attributes:
        recipe: what it was made from.
        catalog: items and users it knows.
        histories: what each known user touched (B = U), for recommendations and for leaving out seen items.
        features: encoded item features with their encoders.
        recommender: what scores.
        profile_encoders: of the features of users, for those who come with the question.
        metrics: how it did on the validation part when it was fitted, by name.
        fingerprint: of the data it was fitted on.
        fitted_at: seconds since 1970; None: it was saved before that was noted.
        finder: finds the best of all items; None: all of them are compared.
    """

    recipe: Recipe
    catalog: Catalog
    histories: Histories
    features: tuple[Feature, ...]
    recommender: Recommender
    metrics: dict[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    profile_encoders: tuple[Encoder, ...] = ()
    fitted_at: float | None = None
    finder: Finder | None = None

    def recommend(
        self,
        users: Ids | None = None,
        histories: Sequence[Ids] | None = None,
        k: int = 10,
        ranking: Sequence[Any] | None = None,
        profiles: Posted | None = None,
    ) -> pl.DataFrame:
        """Lists for known users, or for strangers by history and profile: user_id, item_id, rank (1 is best), score.

        Args:
            users: ids of known users; None with no `histories` means all of them.
            histories: item ids of each stranger, oldest first; the answer calls them "history 1", "history 2" ...
            k: length of the lists.
            ranking: ranking steps instead of the recipe's, as words, mappings or configs.
            profiles: of each stranger, mappings or a table with columns of the table of users; where there are no
                `histories`, profiles are all that is known.

        Raises:
            RequestError: unknown user or item, questions that exclude each other, profiles that the model cannot read,
                or k below 1.
        """
        if not isinstance(k, int | np.integer) or k < 1:
            raise RequestError(Fault("k", f"is {k}.", "Ask for a whole number of items, at least 1."))
        if users is not None and (histories is not None or profiles is not None):
            raise RequestError(Fault("recommend", "got users and histories or profiles.", "Give one of them."))
        if histories is not None or profiles is not None:
            asked = self._posted(histories, profiles)
            names = pl.Series(columns.USER_ID, [f"history {place + 1}" for place in range(len(asked))], dtype=pl.String)
        else:
            rows = self._user_rows(users)
            asked = self.histories.take(rows)
            names = self.catalog.user_vocabulary.lookup(rows)
        rankers = self.rankers if ranking is None else tuple(RANKERS.build(step) for step in ranking)
        return self.rank(asked, k, rankers).to_frame(names, self.catalog.item_vocabulary)

    def rank(self, histories: Histories, k: int, rankers: Sequence[Ranker]) -> Rankings:
        """Lists of depth k for B histories."""
        index = None if self.finder is None else self.finder.liked
        if index is None or needs_all_scores(rankers):
            return self.rank_all(histories, k, rankers)
        return near_lists(self, index, histories, k, rankers)

    def rank_all(self, histories: Histories, k: int, rankers: Sequence[Ranker]) -> Rankings:
        """As `rank`, by the scores of all items."""
        blocks = [
            np.arange(start, min(start + self._block, len(histories)))
            for start in range(0, len(histories), self._block)
        ]
        parts = []
        for rows in blocks:
            block = histories.take(rows)
            context = RankingContext(block, self.catalog, self.vectors)
            parts.append(rank(self.recommender.score(block), rankers, k, context))
        if not parts:
            return Rankings(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Rankings.joined(parts)

    def with_items(self, items: Posted) -> Model:
        """The same with items that are new, or whose columns changed: encoded, placed by their content, listed.

        Nothing is trained: new items come where content puts them; those of the training part keep what was learned
        of who touches them, and are found by their new texts. This model stays as it is.

        Args:
            items: mappings or a table with `item_id` and columns of the table of items; what is left out is unknown.

        Raises:
            RequestError: an id is missing or twice, or a column or value does not fit the table of items.
        """
        return with_items(self, items)

    def with_profiles(self, asked: Histories, profiles: Posted) -> Histories:
        """Histories of strangers with what is told of each: mappings or a table with columns of the table of users.

        Raises:
            RequestError: the model reads no profiles, there are more or fewer than histories, or a column or value does
                not fit the table of users.
        """
        return with_profiles(self, asked, profiles)

    def with_changed_profile(self, asked: Histories, profile: Mapping[str, Any]) -> Histories:
        """The history of one known user with other columns of the table of users than in training; what was learned of
        the user beside them stays.

        Raises:
            RequestError: the model reads no profiles, or a column or value does not fit the table of users.
        """
        return with_changed_profile(self, asked, profile)

    def similar(self, items: Ids, k: int = 10) -> pl.DataFrame:
        """The items nearest to each of `items` by cosine: item_id, similar_id, rank, score.

        Raises:
            RequestError: unknown item, or the model holds no item vectors.
        """
        rows = self._item_rows(_listed(items, "items"), "items")
        vectors = self._require_vectors("similar")
        index = None if self.finder is None else self.finder.alike
        if index is None:
            scores = vectors[rows] @ vectors.T
            scores[np.arange(len(rows)), rows] = -np.inf
            found = rank(scores, (), k, self._plain(len(rows)))
        else:
            found = without_self(index.search(vectors[rows], k + 1), rows)
        return self._frame(found, self.catalog.item_vocabulary.lookup(rows), columns.ITEM_ID)

    def search(self, text: str | Sequence[str], k: int = 10) -> pl.DataFrame:
        """The items whose text is nearest to free text: query, similar_id, rank, score.

        Raises:
            RequestError: the model has no text feature, the text is empty, or none of its words is known.
        """
        queries = [text] if isinstance(text, str) else list(text)
        index = None if self.finder is None else self.finder.words
        if index is None:
            found = rank(self.text_scores(queries), (), k, self._plain(len(queries)))
        else:
            found = index.search(text_vectors(self, queries), k)
        return self._frame(found, pl.Series("query", queries), "query")

    def text_scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """How near items are to free texts: float32 [Q, N], -inf for items that share no word feature with a text.

        Raises:
            RequestError: as `search`.
        """
        return text_scores(self, queries)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as a bundle; see `genre.pipeline.bundle`."""
        from genre.pipeline.bundle import save

        return save(self, Path(path))

    @cached_property
    def rankers(self) -> tuple[Ranker, ...]:
        """The recipe's ranking steps."""
        return tuple(RANKERS.build(config) for config in self.recipe.ranking)

    @cached_property
    def vectors(self) -> Embeddings | None:
        """Item vectors at length 1: of the content where there is any, else of the recommender."""
        found = item_vectors(self.features, self.recommender)
        return None if found is None else Embeddings(found.normalized(), found.present)

    def indexed(self, config: ComponentConfig | None = None) -> Model:
        """The same finding items by an index, built now unless it has such a one.

        Args:
            config: of a component of the slot `indexes`; None: the recipe's.

        Raises:
            MissingExtraError: the index needs a package that is not installed.
        """
        config = self.recipe.index if config is None else config
        if config.type_name() == "exact":
            return self if self.finder is None else replace(self, finder=None)
        if self.finder is not None and self.finder.config == config:
            return self
        return replace(self, finder=built(self, config))

    def with_history(self, histories: Histories) -> Model:
        """The same model knowing other histories of its users."""
        return replace(self, histories=histories)

    @property
    def _block(self) -> int:
        return int(np.clip(BLOCK_SCORES // max(self.catalog.n_items, 1), 1, BLOCK_ROWS))

    def _plain(self, n: int) -> RankingContext:
        """Of n lists for nobody."""
        return RankingContext(Histories.empty(n, self.catalog.n_items), self.catalog)

    def _frame(self, found: Rankings, names: pl.Series, name: str) -> pl.DataFrame:
        frame = found.to_frame(names, self.catalog.item_vocabulary)
        return frame.rename({columns.ITEM_ID: "similar_id"}).rename({columns.USER_ID: name})

    def _require_vectors(self, verb: str) -> NDArray[np.float32]:
        if self.vectors is None:
            raise RequestError(
                Fault(
                    verb,
                    "the model holds no item vectors.",
                    "Add a feature, or choose a recommender with item vectors.",
                )
            )
        return self.vectors.vectors

    def _posted(self, histories: Sequence[Ids] | None, profiles: Posted | None) -> Histories:
        if histories is None:
            histories = [[]] * (0 if profiles is None else len(profiles))
        lists = [
            self._item_rows(_listed(ids, f"histories.{place}"), f"histories.{place}")
            for place, ids in enumerate(_listed(histories, "histories"))
        ]
        asked = Histories.of(lists, self.catalog.n_items)
        return asked if profiles is None else self.with_profiles(asked, profiles)

    def _item_rows(self, ids: Ids, where: str) -> NDArray[np.int32]:
        return _known_rows(
            self.catalog.item_vocabulary.rows(list(ids)), ids, self.catalog.item_vocabulary.ids, where, "item"
        )

    def _user_rows(self, users: Ids | None) -> NDArray[np.int32]:
        if users is None:
            return np.arange(self.catalog.n_users, dtype=np.int32)
        users = _listed(users, "users")
        return _known_rows(
            self.catalog.user_vocabulary.rows(list(users)), users, self.catalog.user_vocabulary.ids, "users", "user"
        )


def item_vectors(features: Sequence[Feature], recommender: Recommender) -> Embeddings | None:
    """Item vectors for similarity and diversity: content features side by side, else those of the recommender."""
    content = [feature.embeddings for feature in features if feature.embeddings.dim]
    if not content:
        return recommender.item_vectors()
    joined = np.concatenate([embeddings.normalized() for embeddings in content], axis=1)
    present = np.any([embeddings.present for embeddings in content], axis=0)
    return Embeddings(joined.astype(np.float32), present)


def _listed(given: Sequence[Any], where: str) -> Sequence[Any]:
    """Refuse one text where a list is wanted: its letters would pass for ids."""
    if isinstance(given, str | bytes):
        raise RequestError(Fault(where, f"is the text {given!r}, not a list.", f"Write [{given!r}]."))
    return given


def _known_rows(rows: NDArray[np.int32], ids: Ids, known: pl.Series, where: str, what: str) -> NDArray[np.int32]:
    unknown = [str(id) for id, row in zip(ids, rows, strict=True) if row == UNKNOWN]
    if unknown:
        shown = known.head(20_000).to_list()
        faults = [Fault(where, f"there is no {what} '{id}'.", near(id, shown)) for id in unknown[:10]]
        if len(unknown) > 10:
            faults.append(Fault(where, f"and {len(unknown) - 10} more unknown ids."))
        raise RequestError(faults)
    return rows
