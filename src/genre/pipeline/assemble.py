"""From a recipe to tables, splits, encoded features and fitted recommenders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import (
    ALIGNMENTS,
    ENCODERS,
    FUSIONS,
    RANKERS,
    RECOMMENDERS,
    SOURCES,
    SPLITTERS,
    FeatureSection,
    Recipe,
)
from genre.core.component import ComponentConfig
from genre.core.errors import DataError, Fault, RecipeError, near
from genre.core.progress import Cost, measured, step
from genre.core.seeds import derive
from genre.encoders.base import Encoder, Feature
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
        """What a recommender learns from: the split without its test part, and features fitted on training rows."""
        recipe, catalog = self.recipe, self.dataset.catalog
        taught_items = split.train.popularity() > 0
        taught_users = split.train.activity() > 0
        users = catalog.users if catalog.users is not None else pl.DataFrame()
        seed = derive(recipe.seed, "training", split.fold)
        return Task(
            split=split.without_test(),
            catalog=catalog,
            features=_encode(recipe.features, catalog.items, taught_items, World(catalog, split.train, "items", seed)),
            user_features=_encode(recipe.users, users, taught_users, World(catalog, split.train, "users", seed)),
            alignment=tuple(ALIGNMENTS.build(config) for config in recipe.alignment),
            fusion=FUSIONS.build(recipe.fusion),
            training=recipe.training,
            seed=seed,
            checkpoints=checkpoints,
        )

    @cached_property
    def rankers(self) -> tuple[Ranker, ...]:
        """The recipe's ranking steps."""
        return tuple(RANKERS.build(config) for config in self.recipe.ranking)


def prepare(recipe: Recipe, dataset: Dataset | None = None) -> Prepared:
    """Read the recipe's tables (unless they are given) and check that every feature finds its columns.

    Raises:
        DataError: a table is missing or of no use.
        RecipeError: a feature names columns that do not exist, or a ranking step does not fit the items.
    """
    if dataset is None:
        with step("Reading tables"):
            dataset = cast(Dataset, SOURCES.build(recipe.data.source).read())
    prepared = Prepared(recipe, dataset)
    faults = (*missing_columns(recipe, dataset), *unfit_rankers(recipe, dataset))
    if faults:
        raise RecipeError(faults)
    return prepared


def fit_recommender(config: ComponentConfig, task: Task) -> Fitted:
    """Build and fit one recommender."""
    recommender: Recommender = RECOMMENDERS.build(config)
    with measured() as cost, step(f"Fitting {config.type_name()}"):
        recommender.fit(task)
    return Fitted(recommender, cost)


def missing_columns(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """A fault for every column that a feature reads and its table lacks."""
    catalog = dataset.catalog
    sections = (("features", "items", recipe.features, catalog.items), ("users", "users", recipe.users, catalog.users))
    for section, name, features, table in sections:
        known = [] if table is None else table.columns
        for place, feature in enumerate(features):
            for column in read_columns(feature):
                if column not in known:
                    where = f"{section}.{place}.columns"
                    yield Fault(where, f"the {name} table has no column '{column}'.", near(column, known))


def unfit_rankers(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """A fault for every ranking step that cannot work on these items."""
    for place, config in enumerate(recipe.ranking):
        ranker: Ranker = RANKERS.build(config)
        for fault in ranker.obstacles(dataset.catalog):
            yield Fault(f"ranking.{place} ({config.type_name()})", fault.what, fault.mend)


def read_columns(feature: FeatureSection) -> tuple[str, ...]:
    """The columns of its table that a feature's encoder is given; none for encoders that look at rows alone."""
    encoder_class = ENCODERS.component(feature.encoder.type_name())
    assert issubclass(encoder_class, Encoder)
    return feature.read_columns if encoder_class.reads_columns else ()


def feature_table(feature: FeatureSection, table: pl.DataFrame) -> pl.DataFrame:
    """The columns of `table` that the feature's encoder is given; the first column where it needs none."""
    return table.select(read_columns(feature) or table.columns[:1])


def _encode(
    sections: tuple[FeatureSection, ...], table: pl.DataFrame, taught: NDArray[np.bool_], world: World
) -> tuple[Feature, ...]:
    features = []
    for section in sections:
        encoder: Encoder = ENCODERS.build(section.encoder)
        with step(f"Encoding {section.name}"):
            columns = feature_table(section, table)
            encoder.observe(world)
            encoder.fit(columns.filter(pl.Series(taught)))
            features.append(Feature(section.name, encoder, encoder.encode(columns)))
    return tuple(features)


def _refuse_empty(split: Split) -> None:
    if len(split.train) == 0:
        raise DataError(
            Fault("data.splitter", "leaves no interaction to learn from.", "Use more data or smaller held-out shares.")
        )
