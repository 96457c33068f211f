"""A few users with their histories and the lists they got, by title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.seeds import generator
from genre.experiment.contest import Round
from genre.values import Catalog

N_HISTORY, N_LISTED = 10, 10
TITLES = ("title", "name", "movie_title", "item_title", "product_title", "item_name", "headline")


@dataclass(frozen=True)
class Listed:
    """An item of a list; `is_hit`: it is in the user's test part."""

    title: str
    is_hit: bool


@dataclass(frozen=True)
class ShownList:
    """The top of one model's list."""

    model: str
    items: tuple[Listed, ...]


@dataclass(frozen=True)
class Example:
    """One user.

    Attributes:
        history: latest first, not all of it.
        n_history: how long it is.
        truth: titles of the test items.
    """

    user_id: str
    history: tuple[str, ...]
    n_history: int
    truth: tuple[str, ...]
    lists: tuple[ShownList, ...]


def examples(played: Round, n: int, seed: int) -> tuple[Example, ...]:
    """n users drawn by chance, one from each stretch of history lengths from short to long."""
    exam = played.exam
    by_length = np.argsort(exam.histories.lengths, kind="stable")
    stretches = [part for part in np.array_split(by_length, n) if len(part)]
    random = generator(seed, "examples")
    names = titles(exam.catalog)
    return tuple(_example(played, int(random.choice(part)), names) for part in stretches)


def titles(catalog: Catalog) -> pl.Series:
    """What to call each item: its title where there is one, else its id (text [N])."""
    texts = [name for name, dtype in catalog.items.schema.items() if dtype == pl.String]
    column = next((name for name in TITLES if name in texts), None)
    if column is None:
        return catalog.item_vocabulary.ids
    ids = catalog.item_vocabulary.ids
    return pl.select(pl.coalesce(catalog.items[column].replace("", None), ids)).to_series()


def _example(played: Round, place: int, names: pl.Series) -> Example:
    exam = played.exam
    history = exam.histories[place]
    lists = []
    for outcome in played.outcomes:
        listed, hits = outcome.judgement.rankings.item_rows[place], outcome.judgement.hits[place]
        shown = [(row, hit) for row, hit in zip(listed[:N_LISTED], hits[:N_LISTED], strict=True) if row >= 0]
        lists.append(ShownList(outcome.name, tuple(Listed(names[int(row)], bool(hit)) for row, hit in shown)))
    return Example(
        user_id=exam.catalog.user_vocabulary.ids[int(exam.user_rows[place])],
        history=_names(history[::-1][:N_HISTORY], names),
        n_history=len(history),
        truth=_names(exam.relevant[place][:N_LISTED], names),
        lists=tuple(lists),
    )


def _names(rows: NDArray[np.int32] | Sequence[int], names: pl.Series) -> tuple[str, ...]:
    return tuple(names[int(row)] for row in rows)
