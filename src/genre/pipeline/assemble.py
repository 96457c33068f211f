"""From a recipe to tables, splits, encoded features and fitted recommenders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.alignment.base import Alignment
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
from genre.core.errors import DataError, Fault, GenreError, RecipeError, near
from genre.core.progress import Cost, measured, step
from genre.core.seeds import derive
from genre.encoders.base import Encoder, Feature
from genre.pipeline._apart import apart
from genre.pipeline._reviews import KEYS, review_lists, text_columns, with_taught_reviews
from genre.ranking.base import Ranker
from genre.recommenders.base import Recommender, Task
from genre.values import Catalog, Dataset, Split, World, columns


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
        recipe, catalog = self.recipe, with_taught_reviews(self.dataset.catalog, split.train)
        seed = derive(recipe.seed, "training", split.fold)
        features = _encode("features", recipe.features, World(catalog, split.train, "items", seed))
        alignments = heeded_alignments(recipe)
        if alignments:
            taught = split.train.popularity() > 0
            faults = tuple(apart(alignments, {one.name: one.embeddings.present[taught] for one in features}))
            if faults:
                raise DataError(faults)
        return Task(
            split=split.without_test(),
            catalog=catalog,
            features=features,
            user_features=_encode("users", recipe.users, World(catalog, split.train, "users", seed)),
            alignment=tuple(ALIGNMENTS.build(config) for config in recipe.alignment),
            fusion=FUSIONS.build(recipe.fusion),
            training=recipe.training,
            seed=seed,
            checkpoints=checkpoints,
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
    faults = (*missing_columns(recipe, dataset), *unfit_rankers(recipe, dataset), *unfit_alignments(recipe, dataset))
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
    for section, name, features in (("features", "items", recipe.features), ("users", "users", recipe.users)):
        for place, feature in enumerate(features):
            word = feature.table or name
            yield from column_faults(f"{section}.{place}", word, read_columns(feature), dataset.catalog)


def column_faults(where: str, word: str, names: tuple[str, ...], catalog: Catalog) -> Iterator[Fault]:
    """A fault for every one of the names that is no column of the items, users or reviews."""
    table: pl.DataFrame | None = getattr(catalog, word)
    if word == "reviews" and table is None:
        yield Fault(f"{where}.table", "there is no table of reviews.", "Name one in data.source.reviews.")
        return
    known = [] if table is None else text_columns(table) if word == "reviews" else table.columns
    for name in names:
        if name not in known:
            yield Fault(f"{where}.columns", f"the {word} table has no column '{name}'.", near(name, known))


def unfit_rankers(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """A fault for every ranking step that cannot work on these items."""
    for place, config in enumerate(recipe.ranking):
        ranker: Ranker = RANKERS.build(config)
        for fault in ranker.obstacles(dataset.catalog):
            yield Fault(f"ranking.{place} ({config.type_name()})", fault.what, fault.mend)


def unfit_alignments(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """A fault for all that an alignment lacks, and for every modality that it cannot take as a recommender sees it."""
    yield from dict.fromkeys(
        fault
        for config in (recipe.recommender, *recipe.evaluation.baselines)
        for fault in misalignments(recipe, config) or ()
    )
    for place, alignment in enumerate(heeded_alignments(recipe)):
        where = f"alignment.{place} ({alignment.config.type_name()})"
        yield from (fault.below(where) for fault in alignment.obstacles(dataset.catalog))


def heeded_alignments(recipe: Recipe) -> tuple[Alignment, ...]:
    """The recipe's alignments; none where neither the recommender nor a baseline heeds them."""
    configs = (recipe.recommender, *recipe.evaluation.baselines)
    if all(misalignments(recipe, config) is None for config in configs):
        return ()
    return tuple(ALIGNMENTS.build(config) for config in recipe.alignment)


def misalignments(recipe: Recipe, config: ComponentConfig) -> tuple[Fault, ...] | None:
    """What one recommender has against the recipe's alignments; None: it ignores them, or there are none."""
    if not recipe.alignment:
        return None
    recommender: Recommender = RECOMMENDERS.build(config)
    alignments = [ALIGNMENTS.build(one) for one in recipe.alignment]
    return recommender.misalignments(alignments, {one.name: ENCODERS.build(one.encoder) for one in recipe.features})


def read_columns(feature: FeatureSection) -> tuple[str, ...]:
    """The columns of its table that a feature's encoder is given; none for encoders that look at rows alone."""
    encoder: Encoder = ENCODERS.build(feature.encoder)
    return feature.read_columns if encoder.needs_columns else ()


def side_table(feature: FeatureSection, catalog: Catalog, side: Literal["items", "users"]) -> pl.DataFrame:
    """The table that a feature's columns are in, a row per item (or user): its own, or lists of what reviews say."""
    n_rows = catalog.n_items if side == "items" else catalog.n_users
    names = read_columns(feature)
    if feature.table is not None and names:
        return review_lists(catalog.reviews, KEYS[side], n_rows, names, feature.max_reviews)
    own = catalog.items if side == "items" else catalog.users
    return catalog.user_vocabulary.ids.to_frame(columns.USER_ID) if own is None else own


def feature_table(feature: FeatureSection, table: pl.DataFrame) -> pl.DataFrame:
    """The columns of `table` that the feature's encoder is given; the first column where it needs none."""
    return table.select(read_columns(feature) or table.columns[:1])


def asked_table(feature: FeatureSection, items: pl.DataFrame, n_rows: int) -> pl.DataFrame:
    """Rows of nulls in the columns that a feature of the items is given, for what is asked.

    A bundle holds what encoders made of reviews and not the reviews: new items have none, and what people wrote stays
    with the data.
    """
    if feature.table is None:
        return feature_table(feature, items.clear(n_rows))
    return review_lists(None, columns.ITEM_ROW, n_rows, read_columns(feature), None)


def _encode(word: str, sections: tuple[FeatureSection, ...], world: World) -> tuple[Feature, ...]:
    """The features of the world's side; its catalogue holds reviews of the training part only.

    Args:
        word: the recipe's section.

    Raises:
        DataError: an encoder cannot work on its columns, or no training row has content.
    """
    taught = (world.train.popularity() if world.side == "items" else world.train.activity()) > 0
    features = []
    for place, section in enumerate(sections):
        with step(f"Encoding {section.name}"):
            try:
                feature = _encoded(section, world, taught)
            except GenreError as error:
                raise error.at(f"{word}.{place}.encoder") from None
        fault = _untaught(feature, taught, world.side)
        if fault is not None:
            raise DataError(fault.below(f"{word}.{place}"))
        features.append(feature)
    return tuple(features)


def _encoded(section: FeatureSection, world: World, taught: NDArray[np.bool_]) -> Feature:
    encoder: Encoder = ENCODERS.build(section.encoder)
    table = feature_table(section, side_table(section, world.catalog, world.side))
    encoder.observe(world)
    encoder.fit(table.filter(pl.Series(taught)))
    return Feature(section.name, encoder, encoder.encode(table))


def _untaught(feature: Feature, taught: NDArray[np.bool_], side: str) -> Fault | None:
    """The fault of a feature that nothing can be learned of."""
    present = feature.embeddings.present
    if (present & taught).any():
        return None
    what = (
        f"'{feature.name}': none of {int(taught.sum()):,} training {side} has content, of the others {present.sum():,}."
    )
    return Fault("", what, "Add content for some of them, or leave the feature out.")


def _refuse_empty(split: Split) -> None:
    if len(split.train) == 0:
        raise DataError(
            Fault("data.splitter", "leaves no interaction to learn from.", "Use more data or smaller held-out shares.")
        )
