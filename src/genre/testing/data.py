"""A tiny world with taste in it, for tests: three genres, users who mostly keep to one, and two films nobody saw."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.seeds import generator
from genre.core.slot import Slot
from genre.encoders.base import Feature
from genre.recommenders.base import Task
from genre.training.settings import EarlyStopping, TrainingConfig
from genre.values import Catalog, Dataset, Interactions, Split, Vocabulary, columns

GENRES = ("comedy", "drama", "space")
WORDS = {
    "comedy": ("wedding", "joke", "neighbour", "holiday"),
    "drama": ("family", "letter", "court", "winter"),
    "space": ("star", "robot", "planet", "ship"),
}
N_USERS, N_ITEMS, N_COLD = 36, 24, 2
DAY_MS = 86_400_000


def tiny_dataset(seed: int = 0) -> Dataset:
    """36 users and 24 items, the last two of them cold; texts, genres, years, ratings, times in order, parts.

    One item has no text, one no genre; every user has at least five interactions and touches an item once.
    """
    items = Vocabulary([f"i{row}" for row in range(N_ITEMS)])
    users = Vocabulary([f"u{row}" for row in range(N_USERS)])
    catalog = Catalog(items, users, _items(items), _users(users), _graph(), _links(items))
    interactions = _interactions(users, items, seed)
    return Dataset(interactions, catalog, parts=_parts(interactions), fingerprint=f"tiny-{seed}")


def tiny_split(seed: int = 0) -> Split:
    """The last interaction of each user is test, the one before it validation."""
    interactions = tiny_dataset(seed).interactions
    parts = _parts(interactions)
    train, valid, test = (
        interactions.take((parts == part).to_numpy()) for part in (columns.TRAIN, columns.VALID, columns.TEST)
    )
    return Split(train, valid, test, kind="leave_one_out")


def tiny_task(seed: int = 0, split: Split | None = None) -> Task:
    """What a recommender learns from: the tiny split without its test part, genres and texts encoded, few epochs."""
    dataset = tiny_dataset(seed)
    split = (tiny_split(seed) if split is None else split).without_test()
    training = TrainingConfig(epochs=2, batch_size=16, n_threads=1, early_stopping=EarlyStopping(patience=2))
    features = (_feature("genres", "multi_hot", dataset, split), _feature("text", "tfidf", dataset, split))
    return Task(split, dataset.catalog, features, training=training, seed=seed)


def _places(interactions: Interactions) -> NDArray[np.int64]:
    """How many later interactions the user has, 2 where there are more: int64 [E]."""
    order = interactions.time_order()
    ends = np.repeat(np.cumsum(interactions.activity()), interactions.activity())
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.minimum(ends - 1 - np.arange(len(order)), 2)
    return places


def _feature(name: str, encoder: str, dataset: Dataset, split: Split) -> Feature:
    table = dataset.catalog.items.select(name)
    ready = Slot("encoders").build(encoder)
    ready.fit(table.filter(pl.Series(split.train.popularity() > 0)))
    return Feature(name, ready, ready.encode(table))


def _parts(interactions: Interactions) -> pl.Series:
    """The last interaction of each user is test, the one before it validation, the rest training: text [E]."""
    words = np.array([columns.TEST, columns.VALID, columns.TRAIN])
    return pl.Series(columns.PART, words[_places(interactions)])


def _genre(row: int) -> str:
    return GENRES[row % len(GENRES)]


def _items(items: Vocabulary) -> pl.DataFrame:
    rows = range(len(items))
    words = [WORDS[_genre(row)] for row in rows]
    texts = [
        f"A {w[row % 4]} and a {w[(row // 3) % 4]}" if row != 5 else None for row, w in zip(rows, words, strict=True)
    ]
    genres = [[_genre(row), "long"] if row % 5 == 0 else [_genre(row)] for row in rows]
    genres[7] = []
    return pl.DataFrame(
        {
            columns.ITEM_ID: items.ids,
            "text": texts,
            "genres": pl.Series(genres, dtype=pl.List(pl.String)),
            "year": [1980 + row for row in rows],
        }
    )


def _graph() -> pl.DataFrame:
    """Films and their genres; the last film is in no triple, and one entity is no film."""
    triples = [(f"film{row}", "has_genre", f"genre_{_genre(row)}") for row in range(N_ITEMS - 1)]
    triples += [(f"film{row}", "follows", f"film{row - 3}") for row in range(3, N_ITEMS - 1, 2)]
    triples.append(("person0", "likes", "genre_space"))
    return pl.DataFrame(triples, schema=[columns.HEAD, columns.RELATION, columns.TAIL], orient="row")


def _links(items: Vocabulary) -> pl.DataFrame:
    """Item 4 has no entity."""
    table = {columns.ITEM_ID: items.ids, columns.ENTITY_ID: [f"film{row}" for row in range(len(items))]}
    return pl.DataFrame(table).filter(pl.col(columns.ITEM_ID) != "i4")


def _users(users: Vocabulary) -> pl.DataFrame:
    return pl.DataFrame({columns.USER_ID: users.ids, "age": [20 + row for row in range(len(users))]})


def _interactions(users: Vocabulary, items: Vocabulary, seed: int) -> Interactions:
    """Users keep to genre `row % 3` four times in five and prefer early rows; time runs on, some of it tied."""
    random = generator(seed, "tiny")
    warm = np.arange(len(items) - N_COLD)
    pairs: list[tuple[int, int]] = []
    for user in range(len(users)):
        chances = np.where(warm % len(GENRES) == user % len(GENRES), 8.0, 1.0) / (1.0 + warm / 8.0)
        chosen = random.choice(warm, 5 + user % 6, replace=False, p=chances / chances.sum())
        pairs += [(user, int(item)) for item in chosen]
    pairs += [(int(item) % len(users), int(item)) for item in warm if (int(item) % len(users), int(item)) not in pairs]
    user_rows, item_rows = (np.asarray(side, dtype=np.int32) for side in zip(*pairs, strict=True))
    order = random.permutation(len(pairs))
    return Interactions(
        users,
        items,
        user_rows[order],
        item_rows[order],
        timestamps=np.arange(len(pairs), dtype=np.int64) // 2 * DAY_MS,
        ratings=(1 + (item_rows[order] + user_rows[order]) % 5).astype(np.float32),
    )
