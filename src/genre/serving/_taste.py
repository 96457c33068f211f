"""What the model says of all items for somebody, alone or beside the words of a search."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import GenreError
from genre.pipeline.model import Model
from genre.serving._people import Person
from genre.serving._shelf import Shelf
from genre.values import Histories


def own_scores(model: Model, person: Person) -> NDArray[np.float32] | None:
    """Float32 [N]; None where the model says nothing of this person."""
    asked = asked_of(model, person)
    return None if asked is None else model.recommender.score(asked)[0]


def try_out(shelf: Shelf) -> None:
    """Score somebody who touched one item, so that nobody waits for what is made at the first question of all."""
    with suppress(GenreError):
        if shelf.ids:
            own_scores(shelf.model, Person(shelf.rows(shelf.ids[:1])))


def asked_of(model: Model, person: Person) -> Histories | None:
    """One history, with what is told of its user; None where nothing is."""
    asked = person.history(model.catalog.n_items)
    if person.profile is not None and model.recommender.profile_width:
        is_known = person.user_row >= 0 and model.catalog.users is not None
        profile = dict(person.profile)
        asked = model.with_changed_profile(asked, profile) if is_known else model.with_profiles(asked, [profile])
    elif not len(person.rows) and person.user_row < 0:
        return None
    return asked


def blended(words: NDArray[np.float32], own: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    """Both (float32 [N]) standardised over the items that the words speak of; the own ones count `weight`."""
    there = np.isfinite(words)
    taste = np.where(np.isfinite(own), own, own[np.isfinite(own)].min(initial=0.0))
    mixed = np.full_like(words, -np.inf)
    mixed[there] = (1 - weight) * _standard(words[there]) + weight * _standard(taste[there])
    return mixed


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / np.float32(spread or 1.0) if len(values) else values
