"""Findings about what the data is good for: how much there is, and which recommenders make sense on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import BaseModel

from genre.config.recipe import METRICS, RECOMMENDERS, Recipe
from genre.core.component import ComponentConfig
from genre.pipeline._apart import apart
from genre.pipeline._check_features import filled_features
from genre.pipeline._check_findings import Finding, failures
from genre.pipeline._check_training import training_findings
from genre.pipeline._sensible import Amount, sensible
from genre.pipeline._unfit import feature_encoders, heeded_alignments, misalignments
from genre.recommenders.base import Recommender
from genre.values import Dataset, Split

SHORT_HISTORY = 5
"""With fewer interactions per user than this, what users have in common is hard to learn."""
SEQUENCE = ("self_attention", "gru", "lstm")
EASE_BYTES, EASE_LIMIT_GIB = 4.5, 4.0
"""Memory of EASE per pair of items, and how much of it is worth a word."""


def model_findings(recipe: Recipe, dataset: Dataset, split: Split | None) -> Iterator[Finding]:
    """Size, density and history lengths, and what follows for models."""
    words = {config.type_name() for config in components(recipe)}
    if split is not None:
        yield from _obstacles(recipe, split)
    yield _size(dataset)
    yield from _lonely(dataset, bool(recipe.features))
    yield from _lengths(dataset)
    yield from _times(dataset, words)
    yield from _square(dataset, words)
    yield from _content(recipe, dataset, words)
    yield from _untrained(recipe)
    yield from _alignment(recipe, dataset, split)
    yield from _ratings(recipe)
    yield from training_findings(recipe, components(recipe))
    yield _sensible(dataset, bool(recipe.features))


def components(value: Any) -> Iterator[ComponentConfig]:
    """Every component's config inside a recipe, also those inside other components."""
    if isinstance(value, ComponentConfig):
        yield value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from components(getattr(value, name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from components(item)


def _size(dataset: Dataset) -> Finding:
    data = dataset.interactions
    active, touched = int((data.activity() > 0).sum()), int((data.popularity() > 0).sum())
    density = len(data) / max(active * touched, 1)
    untouched = data.n_items - touched
    what = f"{active:,} active users, {touched:,} items touched, {untouched:,} never; density {density:.3%}."
    return Finding("PASS", "data", what)


def _lengths(dataset: Dataset) -> Iterator[Finding]:
    lengths = dataset.interactions.activity()
    lengths = lengths[lengths > 0]
    low, middle, high = (int(value) for value in np.quantile(lengths, (0.25, 0.5, 0.75), method="lower"))
    what = f"a user has {middle} interactions in the middle, a quarter has {low} or fewer, a quarter {high} or more."
    if middle < SHORT_HISTORY:
        mend = "Histories are short: content and popularity carry most here; compare with both."
        yield Finding("WARN", "data", what, mend)
    else:
        yield Finding("PASS", "data", what)


def _times(dataset: Dataset, words: set[str]) -> Iterator[Finding]:
    times = dataset.interactions.timestamps
    sequence = sorted(words & set(SEQUENCE))
    if times is None:
        what = "the interactions have no times: their order is that of the file."
        if sequence:
            mend = f"{', '.join(sequence)} reads the order of a history; without times take user: mean, ease or ials."
            yield Finding("WARN", "recommender", what, mend)
        else:
            yield Finding("PASS", "data", what)
    elif len(times) and times.min() == times.max():
        yield Finding(
            "WARN", "interactions, column 'timestamp'", "all times are the same.", "Name another time column."
        )
    elif len(times) and times.min() >= 0 and times.max() > 1e11:
        first, last = (np.datetime64(int(value), "ms").astype("datetime64[D]") for value in (times.min(), times.max()))
        yield Finding("PASS", "data", f"times run from {first} to {last}.")


def _square(dataset: Dataset, words: set[str]) -> Iterator[Finding]:
    n_items = dataset.interactions.n_items
    gib = EASE_BYTES * n_items * n_items / 2**30
    if "ease" in words and gib > EASE_LIMIT_GIB:
        mend = "Use item_knn, slim or ials instead, also in evaluation.baselines."
        yield Finding("WARN", "recommender", f"'ease' needs about {gib:,.0f} GiB for {n_items:,} items.", mend)


def _obstacles(recipe: Recipe, split: Split) -> Iterator[Finding]:
    """What keeps the recommender or a baseline from learning from this data."""
    places = {"recommender": recipe.recommender}
    places |= {f"evaluation.baselines.{place}": config for place, config in enumerate(recipe.evaluation.baselines)}
    for where, config in places.items():
        recommender: Recommender = RECOMMENDERS.build(config)
        for fault in recommender.obstacles(split, bool(recipe.features)):
            inside = fault.where.removeprefix("recommender.")
            is_field = inside.partition(".")[0] in type(config).model_fields
            place = f"{where}.{inside}" if is_field else where
            yield Finding("FAIL", f"{place} ({config.type_name()})", fault.what, fault.mend)


def _content(recipe: Recipe, dataset: Dataset, words: set[str]) -> Iterator[Finding]:
    """Content that no feature reads, and steps that want some."""
    if recipe.features:
        return
    columns = [name for name in dataset.catalog.items.columns if name != "item_id"]
    if columns:
        what = f"the items have {', '.join(columns[:6])}, and no feature reads them."
        yield Finding("WARN", "features", what, "Add features: new and rare items are found by content.")
    if "mmr" in words:
        what = "'mmr' compares item vectors, and without features only some recommenders have any."
        yield Finding("WARN", "ranking", what, "Add features, or leave 'mmr' out.")


def _untrained(recipe: Recipe) -> Iterator[Finding]:
    """Encoders that would learn, beside a recommender that trains none."""
    word, recommender = recipe.recommender.type_name(), RECOMMENDERS.build(recipe.recommender)
    encoders = feature_encoders(recipe)
    if recommender.trains_encoders or recommender.unreadable(encoders):
        return
    for place, (name, encoder) in enumerate(encoders.items()):
        where = f"features.{place}.encoder"
        if not encoder.gives_vectors:
            what = f"'{word}' trains no encoder, and '{name}' says nothing without training: it is ignored."
            mend = "Take tower, or hybrid with a tower in it; or an encoder that needs no training."
            yield Finding("WARN", where, what, mend)
        elif encoder.is_trained:
            what = f"'{word}' trains no encoder: '{name}' is read as if nothing of it were tuned."
            yield Finding("WARN", where, what, "Take tower, or hybrid with a tower in it; or leave tune out.")


def _alignment(recipe: Recipe, dataset: Dataset, split: Split | None) -> Iterator[Finding]:
    """Alignments that the recommender has no use for, or that find no item to learn from."""
    taught = (dataset.interactions if split is None else split.train).popularity() > 0
    if recipe.alignment:
        present = {name: filled[taught] for name, filled in filled_features(recipe, dataset).items()}
        yield from failures(apart(heeded_alignments(recipe), present))
    if recipe.alignment and misalignments(recipe, recipe.recommender) is None:
        what = f"'{recipe.recommender.type_name()}' ignores it: it trains no item vectors from the features."
        yield Finding("WARN", "alignment", what, "Take tower, or hybrid with a tower in it; or leave it out.")


def _ratings(recipe: Recipe) -> Iterator[Finding]:
    """Metrics of predicted ratings, beside a recommender that predicts none."""
    words = [metric for metric in recipe.evaluation.metrics if METRICS.build(metric.partition("@")[0]).needs_ratings]
    if words and not RECOMMENDERS.build(recipe.recommender).predicts_ratings:
        what = f"{', '.join(words)} judge predicted ratings, and '{recipe.recommender.type_name()}' predicts none."
        yield Finding("WARN", "evaluation.metrics", what, "Take tower with loss: mse, or ndcg@10.")


def _sensible(dataset: Dataset, has_content: bool) -> Finding:
    data = dataset.interactions
    lengths = data.activity()
    middle = float(np.median(lengths[lengths > 0]))
    words = sensible(Amount(len(data), data.n_items, middle, has_content, data.timestamps is not None))
    return Finding("PASS", "data", f"recommenders that make sense here: {', '.join(words)}.")


def _lonely(dataset: Dataset, has_content: bool) -> Iterator[Finding]:
    """One item, or one user: nothing is left to rank, or nobody to learn from."""
    data = dataset.interactions
    if int((data.popularity() > 0).sum()) == 1:
        mend = "Use interactions with more items; or is another column the item?"
        yield Finding("FAIL", "data", "all interactions are with one item: there is nothing to choose from.", mend)
    if int((data.activity() > 0).sum()) == 1:
        mend = "Use interactions of more people; or is another column the user?"
        what = "all interactions are of one user: "
        if has_content:
            yield Finding("WARN", "data", f"{what}only content can be learned, and one user is judged.", mend)
        else:
            yield Finding("FAIL", "data", f"{what}there is nobody to learn from.", mend)
