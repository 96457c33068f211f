"""A fitted model as one that answers without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import FUSIONS, FeatureSection, Recipe
from genre.core.errors import ExportError, Fault, GenreError
from genre.core.progress import step
from genre.encoders.base import Encoder, Feature, Slimming
from genre.encoders.text.exported_text import ExportedTextEncoder
from genre.pipeline._encoding import feature_table
from genre.pipeline.model import Model
from genre.recommenders.base import Recommender

T = TypeVar("T")


def exported(model: Model, slimming: Slimming) -> Model:
    """The same model with components that need no torch; users and items stay as they are.

    Texts of items are read again by the exported encoders, so that queries and new items meet vectors of one kind;
    items that nobody touched in training are placed anew by them.

    Raises:
        ExportError: a component cannot work without torch, with its place in the recipe.
    """
    with step("Exporting encoders"):
        features = tuple(_feature(model, place, slimming) for place in range(len(model.features)))
        profiles = tuple(_profile_encoder(model, place, slimming) for place in range(len(model.profile_encoders)))
    with step("Exporting the recommender"):
        recommender = model.recommender.exported()
    if any(new is not old for new, old in zip(features, model.features, strict=True)):
        recommender = _placed(model, features, recommender)
    recipe = _recipe(model.recipe, features, profiles, recommender)
    made = replace(
        model, recipe=recipe, features=features, recommender=recommender, profile_encoders=profiles, finder=None
    )
    return made if model.finder is None else made.indexed(model.finder.config)


def _placed(model: Model, features: tuple[Feature, ...], recommender: Recommender) -> Recommender:
    """With untouched items placed by features as they are now; as it is where those cannot be read again."""
    told = []
    for section, feature in zip(model.recipe.features, features, strict=True):
        if feature.encoder.is_trained:
            if section.table is not None:
                return recommender
            table = feature_table(section, model.catalog.items)
            told.append(replace(feature, embeddings=feature.encoder.encode(table)))
        else:
            told.append(feature)
    return recommender.placing(np.arange(model.catalog.n_items), tuple(told), model.catalog.n_items)


def _feature(model: Model, place: int, slimming: Slimming) -> Feature:
    section, old = model.recipe.features[place], model.features[place]
    encoder = _at(f"features.{place}.encoder", lambda: old.encoder.exported(slimming))
    if encoder is old.encoder:
        return old
    if section.table is not None:
        _refuse_unread(f"features.{place}", slimming)
        return replace(old, encoder=encoder)
    table, touched = feature_table(section, model.catalog.items), _touched(model)
    if slimming.layers is not None:
        encoder = _mapped(encoder, old.encoder, table.filter(pl.Series(touched)))
    return Feature(old.name, encoder, encoder.encode(table))


def _profile_encoder(model: Model, place: int, slimming: Slimming) -> Encoder:
    section, old = model.recipe.users[place], model.profile_encoders[place]
    encoder = _at(f"users.{place}.encoder", lambda: old.exported(slimming))
    if encoder is old or slimming.layers is None:
        return encoder
    if section.table is not None or model.catalog.users is None:
        _refuse_unread(f"users.{place}", slimming)
        return encoder
    return _mapped(encoder, old, feature_table(section, model.catalog.users))


def _mapped(encoder: Encoder, old: Encoder, table: pl.DataFrame) -> Encoder:
    """A cut encoder whose vectors are where those of the whole one are, as the rows of `table` teach it."""
    assert isinstance(encoder, ExportedTextEncoder)
    return encoder.towards(encoder.encode(table), old.encode(table))


def _touched(model: Model) -> NDArray[np.bool_]:
    """Items that somebody's history holds: bool [N]."""
    counts = np.bincount(model.histories.item_rows, minlength=model.catalog.n_items)
    return np.asarray(counts > 0)


def _refuse_unread(where: str, slimming: Slimming) -> None:
    """Without the texts nothing says how those that a cut model reads compare with the whole one's."""
    if slimming.layers is not None:
        what = "reads reviews, which a bundle does not hold: a cut model cannot be fitted to them."
        raise ExportError(Fault(where, what, "Leave out --layers."))


def _recipe(
    recipe: Recipe, features: tuple[Feature, ...], profiles: tuple[Encoder, ...], recommender: Recommender
) -> Recipe:
    """What the bundle's components are now; what only training and judging need is left out."""

    def named(sections: tuple[FeatureSection, ...], encoders: tuple[Encoder, ...]) -> tuple[FeatureSection, ...]:
        pairs = zip(sections, encoders, strict=True)
        return tuple(section.model_copy(update={"encoder": encoder.config}) for section, encoder in pairs)

    return recipe.model_copy(
        update={
            "features": named(recipe.features, tuple(feature.encoder for feature in features)),
            "users": named(recipe.users, profiles),
            "recommender": recommender.config,
            "alignment": (),
            "fusion": FUSIONS.parse("sum"),
            "evaluation": recipe.evaluation.model_copy(update={"baselines": ()}),
        }
    )


def _at(place: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except GenreError as error:
        raise error.at(place) from None
