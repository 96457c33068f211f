"""What in a recipe does not fit its tables, or its parts each other."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from genre.alignment.base import Alignment
from genre.config.recipe import ALIGNMENTS, ENCODERS, FUSIONS, RANKERS, RECOMMENDERS, Recipe
from genre.core.component import ComponentConfig
from genre.core.errors import Fault, near
from genre.encoders.base import Encoder
from genre.fusion.base import Fusion
from genre.pipeline._encoding import read_columns
from genre.pipeline._reviews import text_columns
from genre.ranking.base import Ranker
from genre.recommenders.base import Recommender
from genre.values import Catalog, Dataset


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


def unfit_parts(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """A fault for everything that cannot work on these tables or with these features."""
    yield from unfit_rankers(recipe, dataset)
    yield from unfit_alignments(recipe, dataset)
    encoders = feature_encoders(recipe)
    fusion: Fusion = FUSIONS.build(recipe.fusion)
    recommenders = [RECOMMENDERS.build(one) for one in (recipe.recommender, *recipe.evaluation.baselines)]
    yield from dict.fromkeys(fault for one in recommenders for fault in one.unreadable(encoders))
    yield from dict.fromkeys(fault for one in recommenders for fault in one.misfits(fusion))


def feature_encoders(recipe: Recipe) -> dict[str, Encoder]:
    """By name of the item feature, not fitted."""
    return {one.name: ENCODERS.build(one.encoder) for one in recipe.features}


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
    return recommender.misalignments(alignments, feature_encoders(recipe))
