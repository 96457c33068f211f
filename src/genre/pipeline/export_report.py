"""What an export costs and what it gains."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from genre.core.seeds import some_of
from genre.core.slot import Slot
from genre.encoders.base import Encoder
from genre.encoders.text.transformer import TransformerEncoder
from genre.pipeline._encoding import feature_table
from genre.pipeline.model import Model
from genre.recommenders._validation import Validation
from genre.values import Histories

K = 10
N_USERS = 2000
N_TEXTS = 256
LAST = "the last item of each history; the model may have been fitted with it, so this compares and does not estimate"


@dataclass(frozen=True)
class Change:
    """A figure before and after."""

    before: float
    after: float


@dataclass(frozen=True)
class Accuracy:
    """NDCG@10, and on what.

    Attributes:
        judged: in words.
    """

    ndcg: Change
    n_users: int
    judged: str


@dataclass(frozen=True)
class FeatureChange:
    """What became of a text feature.

    Attributes:
        name: of the feature.
        cosine: of items' vectors with those they had, mean.
        neighbours: share of each item's ten nearest items that still are.
        texts_per_second: of texts never read before; before: torch in float32.
    """

    name: str
    cosine: float
    neighbours: float
    texts_per_second: Change


@dataclass(frozen=True)
class ExportReport:
    """Before: the fitted bundle; after: what was exported of it, as read from disk.

    Attributes:
        lists: share of the ten best items of each user that are among the ten best after, mean.
        mib: size on disk, with the pretrained files that the bundle needs beside it.
        start_seconds: from a new process without torch to its first answer.
        start_mib: memory of that process.
    """

    settings: dict[str, Any]
    accuracy: Accuracy | None
    lists: float
    mib: Change
    features: tuple[FeatureChange, ...]
    start_seconds: float
    start_mib: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def last_items(model: Model) -> Validation | None:
    """Users with their last item taken out of their history, as what they are judged on; None where nobody has two."""
    histories = model.histories
    users = some_of(np.flatnonzero(histories.lengths > 1), N_USERS, model.recipe.seed, "export")
    if not len(users):
        return None
    chosen = histories.take(users)
    last = np.zeros(len(chosen.item_rows), dtype=np.bool_)
    last[chosen.offsets[1:] - 1] = True
    offsets = chosen.offsets - np.arange(len(chosen.offsets))
    weights, ratings = (None if array is None else array[~last] for array in (chosen.weights, chosen.ratings))
    rest = replace(chosen, item_rows=chosen.item_rows[~last], offsets=offsets, weights=weights, ratings=ratings)
    relevant = Histories(chosen.item_rows[last], np.arange(len(users) + 1, dtype=np.int64), histories.n_items)
    popularity = np.bincount(histories.item_rows, minlength=histories.n_items)
    ndcg = Slot("metrics").build("ndcg")
    return Validation(rest, relevant, None, popularity, ndcg, K, any(one.hides_seen for one in model.rankers))


def judged(before: Model, after: Model) -> Accuracy | None:
    """NDCG@10 of both on `last_items`."""
    held = last_items(before)
    if held is None:
        return None
    found = Change(*(held.measure(model.recommender.score) for model in (before, after)))
    return Accuracy(found, len(held), LAST)


def shared_lists(before: Model, after: Model) -> float:
    """Share of the ten best items that both list, mean over users; of nobody where there are none."""
    users = some_of(np.arange(len(before.histories)), N_USERS, before.recipe.seed, "export lists")
    asked = before.histories.take(users) if len(users) else Histories.of([[]], before.catalog.n_items)
    lists = [model.rank(asked, K, model.rankers).item_rows for model in (before, after)]
    return _overlap(lists[0], lists[1])


def feature_changes(before: Model, after: Model) -> Iterator[FeatureChange]:
    """Of the features whose encoder was exported."""
    for place, (old, new) in enumerate(zip(before.features, after.features, strict=True)):
        section = before.recipe.features[place]
        if not new.encoder.is_exported or section.table is not None:
            continue
        both = np.flatnonzero(old.embeddings.present & new.embeddings.present)
        left, right = (one.embeddings.take(both).normalized() for one in (old, new))
        some = some_of(np.arange(len(both)), N_USERS, before.recipe.seed, "export neighbours")
        near = [_nearest(vectors, some) for vectors in (left, right)]
        table = feature_table(section, before.catalog.items[both[:N_TEXTS]])
        speeds = Change(_speed(_in_float32(old.encoder), table), _speed(new.encoder, table))
        cosine = float((left * right).sum(axis=1).mean())
        yield FeatureChange(old.name, cosine, _overlap(near[0], near[1]), speeds)


def _in_float32(encoder: Encoder) -> Encoder:
    if not isinstance(encoder, TransformerEncoder):
        return encoder
    made = TransformerEncoder(encoder.config.model_copy(update={"backend": "torch", "precision": "float32"}))
    made.restore(encoder.state())
    return made


def _speed(encoder: Encoder, table: pl.DataFrame) -> float:
    """Rows a second; the first few, which load the model, do not count."""
    encoder.encode_anew(table.head(8))
    return len(table) / min(_seconds(lambda: encoder.encode_anew(table)) for _ in range(3))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _nearest(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The ten nearest others of some rows: int64 [n, 10]."""
    scores = vectors[rows] @ vectors.T
    scores[np.arange(len(rows)), rows] = -np.inf
    depth = min(K, len(vectors))
    return np.argpartition(scores, -depth, axis=1)[:, -depth:]


def _overlap(left: np.ndarray, right: np.ndarray) -> float:
    """The mean share of entries of each row on the left (-1: none) that its row on the right holds."""
    both = [len(set(a) & set(b) - {-1}) / max(len(set(a) - {-1}), 1) for a, b in zip(left, right, strict=True)]
    return float(np.mean(both)) if both else 1.0
