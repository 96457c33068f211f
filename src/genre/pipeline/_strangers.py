"""Users who come with the question: what is posted of them becomes profile features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import Fault, RequestError
from genre.encoders.base import Feature
from genre.pipeline._encoding import asked_table, feature_table
from genre.pipeline.posted import Posted, posted_table, user_schema
from genre.values import Histories

if TYPE_CHECKING:
    from genre.pipeline.model import Model


def with_profiles(model: Model, asked: Histories, posted: Posted) -> Histories:
    """The histories with what the model's recommender makes of a profile for each.

    Raises:
        RequestError: the model reads no profiles, there are more or fewer than histories, or a column or value does not
            fit the table of users.
    """
    if len(posted) != len(asked):
        what = f"are {len(posted)} for {len(asked)} histories."
        raise RequestError(Fault("profiles", what, "Give one for each, {} where nothing is known."))
    return replace(asked, profiles=_vectors(model, posted))


def with_changed_profile(model: Model, asked: Histories, posted: Mapping[str, Any]) -> Histories:
    """The history of one known user (B = 1) with other columns: what was learned of the user beside them stays.

    Args:
        asked: with the user's row.
        posted: all columns, as they are now.

    Raises:
        RequestError: as `with_profiles`.
    """
    assert asked.user_rows is not None and model.catalog.users is not None
    before, after = _vectors(model, [model.catalog.users.row(int(asked.user_rows[0]), named=True), posted])
    known = model.recommender.known_profiles(asked.user_rows)
    assert known is not None, "who reads profiles knows those of its users"
    return replace(asked, profiles=known + (after - before)[None])


def _vectors(model: Model, posted: Posted) -> NDArray[np.float32]:
    table = posted_table(posted, user_schema(model.catalog), "profiles", "users")
    features = []
    for section, encoder in zip(model.recipe.users, model.profile_encoders, strict=True):
        read = feature_table(section, table) if section.table is None else asked_table(section, table, len(table))
        features.append(Feature(section.name, encoder, encoder.encode(read)))
    found = model.recommender.profile_vectors(tuple(features)) if features else None
    if found is None:
        what = f"'{model.recommender.config.type_name()}' was trained without profiles."
        raise RequestError(Fault("profiles", what, "Leave them out, or add `users:` to the recipe and fit again."))
    return found.vectors
