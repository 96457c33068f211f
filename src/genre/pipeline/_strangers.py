"""Users who come with the question: what is posted of them becomes profile features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from genre.core.errors import Fault, RequestError, near
from genre.encoders.base import Feature
from genre.pipeline._encoding import asked_table, feature_table
from genre.values import Catalog, Histories, columns

if TYPE_CHECKING:
    from genre.pipeline.model import Model

Posted = pl.DataFrame | Sequence[Mapping[str, Any]]
"""A row per user: columns of the table of users; what is left out is unknown."""


def with_profiles(model: Model, asked: Histories, posted: Posted) -> Histories:
    """The histories with what the model's recommender makes of a profile for each.

    Raises:
        RequestError: the model reads no profiles, there are more or fewer than histories, or a column or value does not
            fit the table of users.
    """
    if len(posted) != len(asked):
        what = f"are {len(posted)} for {len(asked)} histories."
        raise RequestError(Fault("profiles", what, "Give one for each, {} where nothing is known."))
    table = _profile_table(posted, model.catalog)
    features = []
    for section, encoder in zip(model.recipe.users, model.profile_encoders, strict=True):
        read = feature_table(section, table) if section.table is None else asked_table(section, table, len(table))
        features.append(Feature(section.name, encoder, encoder.encode(read)))
    found = model.recommender.profile_vectors(tuple(features)) if features else None
    if found is None:
        what = f"'{model.recommender.config.type_name()}' was trained without profiles."
        raise RequestError(Fault("profiles", what, "Leave them out, or add `users:` to the recipe and fit again."))
    return replace(asked, profiles=found.vectors)


def _profile_table(posted: Posted, catalog: Catalog) -> pl.DataFrame:
    """The rows with the columns and types of the table of users, null where nothing was said."""
    users = catalog.user_vocabulary.ids.to_frame(columns.USER_ID) if catalog.users is None else catalog.users
    rows = posted.to_dicts() if isinstance(posted, pl.DataFrame) else list(posted)
    if not all(isinstance(row, Mapping) for row in rows):
        raise RequestError(Fault("profiles", "is no list of mappings.", "Write [{column: value}], one for each user."))
    strange = dict.fromkeys(name for row in rows for name in row if name not in users.columns)
    faults = [
        Fault("profiles", f"the table of users has no column '{name}'.", near(name, users.columns)) for name in strange
    ]
    if faults:
        raise RequestError(faults)
    return pl.DataFrame([_column(name, dtype, rows) for name, dtype in users.schema.items()])


def _column(name: str, dtype: pl.DataType, rows: Sequence[Mapping[str, Any]]) -> pl.Series:
    try:
        return pl.Series(name, [row.get(name) for row in rows], dtype=dtype)
    except (TypeError, pl.exceptions.PolarsError):
        values = [row[name] for row in rows if row.get(name) is not None]
        what = f"{values!r:.80} {'is' if len(values) == 1 else 'are'} not of the column's type, {dtype}."
        raise RequestError(Fault(f"profiles, column '{name}'", what, "Write values as the table has them.")) from None
