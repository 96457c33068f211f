"""From a recipe to tables, splits, encoded features and fitted recommenders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from genre.config.recipe import ALIGNMENTS, FUSIONS, RANKERS, RECOMMENDERS, SOURCES, SPLITTERS, Recipe
from genre.core.component import ComponentConfig
from genre.core.errors import DataError, Fault, RecipeError
from genre.core.progress import Cost, measured, step
from genre.core.seeds import derive
from genre.pipeline._apart import apart
from genre.pipeline._encoding import encoded
from genre.pipeline._reviews import with_taught_reviews
from genre.pipeline._unfit import heeded_alignments, missing_columns, unfit_parts
from genre.ranking.base import Ranker
from genre.recommenders.base import Recommender, Task
from genre.values import Dataset, Split, World


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted recommender and what fitting it cost."""

    recommender: Recommender
    cost: Cost


@dataclass(frozen=True, eq=False)
class Prepared:
    """A recipe with its tables read and checked."""

    recipe: Recipe
    dataset: Dataset

    def splits(self) -> Iterator[Split]:
        """The recipe's splits, one per fold.

        Raises:
            DataError: the data has not what the splitter needs.
        """
        splitter = SPLITTERS.build(self.recipe.data.splitter)
        for split in splitter.split(self.dataset, self.recipe.seed):
            _refuse_empty(split)
            yield split

    def hold_out(self) -> Split:
        """A split without a test part, for a model that goes into use."""
        split: Split = SPLITTERS.build(self.recipe.data.splitter).hold_out(self.dataset, self.recipe.seed)
        _refuse_empty(split)
        return split

    def task(self, split: Split, checkpoints: Path | None = None) -> Task:
        """What a recommender learns from: the split without its test part, and features fitted on training rows.

        Raises:
            DataError: a feature or an alignment finds nothing to learn from.
        """
        recipe, catalog = self.recipe, with_taught_reviews(self.dataset.catalog, split.train)
        seed = derive(recipe.seed, "training", split.fold)
        features = encoded("features", recipe.features, World(catalog, split.train, "items", seed))
        taught = split.train.popularity() > 0
        faults = tuple(apart(heeded_alignments(recipe), {one.name: one.embeddings.present[taught] for one in features}))
        if faults:
            raise DataError(faults)
        return Task(
            split=split.without_test(),
            catalog=catalog,
            features=features,
            user_features=encoded("users", recipe.users, World(catalog, split.train, "users", seed)),
            alignment=tuple(ALIGNMENTS.build(config) for config in recipe.alignment),
            fusion=FUSIONS.build(recipe.fusion),
            training=recipe.training,
            seed=seed,
            checkpoints=checkpoints,
            hides_seen=any(ranker.hides_seen for ranker in self.rankers),
            name=recipe.name,
        )

    @cached_property
    def rankers(self) -> tuple[Ranker, ...]:
        """The recipe's ranking steps."""
        return tuple(RANKERS.build(config) for config in self.recipe.ranking)


def prepare(recipe: Recipe, dataset: Dataset | None = None) -> Prepared:
    """Read the recipe's tables (unless they are given) and check that every feature finds its columns.

    Raises:
        DataError: a table is missing or of no use.
        RecipeError: a feature names columns that do not exist, a ranking step does not fit the items, or an alignment
            not the features.
    """
    if dataset is None:
        with step("Reading tables"):
            dataset = cast(Dataset, SOURCES.build(recipe.data.source).read())
    prepared = Prepared(recipe, dataset)
    faults = (*missing_columns(recipe, dataset), *unfit_parts(recipe, dataset))
    if faults:
        raise RecipeError(faults)
    return prepared


def fit_recommender(config: ComponentConfig, task: Task) -> Fitted:
    """Build and fit one recommender."""
    recommender: Recommender = RECOMMENDERS.build(config)
    with measured() as cost, step(f"Fitting {config.type_name()}"):
        recommender.fit(task)
    return Fitted(recommender, cost)


def _refuse_empty(split: Split) -> None:
    if len(split.train) == 0:
        raise DataError(
            Fault("data.splitter", "leaves no interaction to learn from.", "Use more data or smaller held-out shares.")
        )
