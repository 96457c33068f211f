"""Findings about reviews: whom they speak of, and which of them count nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from genre.config.recipe import Recipe
from genre.pipeline._check_findings import Finding, example_rows
from genre.pipeline._reviews import is_of, text_columns
from genre.values import Catalog, Dataset, columns


def review_findings(recipe: Recipe, dataset: Dataset) -> Iterator[Finding]:
    """How many items and users have reviews, and how many reviews have no interaction to go with."""
    catalog = dataset.catalog
    if catalog.reviews is None:
        return
    known = pl.Series(is_of(catalog.reviews, dataset.interactions))
    counted, stray = catalog.reviews.filter(known), catalog.reviews.filter(~known)
    n_items, n_users = counted[columns.ITEM_ROW].n_unique(), counted[columns.USER_ROW].n_unique()
    what = (
        f"{len(counted):,} reviews count: of {n_items:,} of {catalog.n_items:,} items, "
        f"by {n_users:,} of {catalog.n_users:,} users."
    )
    if len(counted):
        yield Finding("PASS", "reviews", what)
    if len(stray):
        share = len(stray) / len(catalog.reviews)
        what = f"{len(stray):,} reviews ({share:.1%}) count nowhere: their user has no interaction with their item."
        mend = "Add these interactions; a review of none could be one of a held-out interaction."
        level = "WARN" if len(counted) else "FAIL"
        yield Finding(level, "reviews", what, mend, example_rows(_with_ids(stray.head(3), catalog)))  # type: ignore[arg-type]
    if not any(feature.table == "reviews" for feature in (*recipe.features, *recipe.users)):
        shown = ", ".join(text_columns(catalog.reviews)[:3])
        mend = f"Add under features: {{name: reviews, table: reviews, columns: [{shown}], encoder: lstm}}."
        yield Finding("WARN", "features", "no feature reads the reviews.", mend)


def _with_ids(reviews: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """The reviews as people know them."""
    return reviews.select(
        catalog.user_vocabulary.lookup(reviews[columns.USER_ROW].to_numpy()).alias(columns.USER_ID),
        catalog.item_vocabulary.lookup(reviews[columns.ITEM_ROW].to_numpy()).alias(columns.ITEM_ID),
        pl.exclude(columns.USER_ROW, columns.ITEM_ROW),
    )
