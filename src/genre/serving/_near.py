"""What an index is asked, where a model has one and it answers such questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genre.pipeline.model import Model
from genre.pipeline.searching import text_vectors
from genre.ranking import needs_all_scores
from genre.ranking.base import Ranker
from genre.serving._lists import Near
from genre.serving._people import Person
from genre.serving._taste import asked_of


def own_query(model: Model, person: Person, rankers: Sequence[Ranker]) -> Near | None:
    """What somebody likes, for lists that go through `rankers`; None: all items are to be scored."""
    index = None if model.finder is None or needs_all_scores(rankers) else model.finder.liked
    asked = None if index is None else asked_of(model, person)
    if index is None or asked is None:
        return None
    users = model.recommender.user_factors(asked)
    return Near(index, users.vectors[0]) if users.present[0] else None


def alike_to(model: Model, vector: NDArray[np.float32]) -> Near | None:
    """What is like an item vector, float32 [D]; None: all items are to be compared."""
    index = None if model.finder is None else model.finder.alike
    return Near(index, vector) if index is not None and np.any(vector) else None


def about(model: Model, text: str) -> Near | None:
    """What a text is about; None: all items are to be compared.

    Raises:
        RequestError: no word of it is known.
    """
    index = None if model.finder is None else model.finder.words
    return None if index is None else Near(index, text_vectors(model, [text])[0])
