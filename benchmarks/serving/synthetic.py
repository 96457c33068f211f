"""A made-up shop of any size: items in clusters, users who keep to a few of them, and quickly fitted models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.loading import load_recipe
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.pipeline.model import Model
from genre.values import Catalog, Dataset, Interactions, Vocabulary, columns

N_CLUSTERS, N_USERS, N_TOUCHED = 200, 2_000, 40
N_LATER = 2_000
"""Items that the file of vectors holds beside the catalogue, to be put later."""

RECOMMENDERS: dict[str, dict[str, Any]] = {
    "ials": {"type": "ials", "alpha": 12.0, "iterations": 2, "recency": {"half_life": 14, "floor": 0.1}},
    "content": {"type": "content", "alpha": 12.0, "iterations": 2, "recency": "none"},
    "tower": {"type": "tower", "user": "mean", "loss": {"type": "softmax", "n_negatives": 256}, "length": 50},
}


def model(folder: Path, n_items: int, dim: int, recommender: str, content_dim: int = 64) -> Model:
    """A model whose users and items meet in `dim` numbers, items having vectors of content of `content_dim`."""
    random = np.random.default_rng(1)
    cluster = random.integers(0, N_CLUSTERS, n_items + N_LATER)
    _write_vectors(folder / "vectors.npz", cluster, content_dim, random)
    recipe = {
        "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
        "features": [{"name": "content", "encoder": {"type": "precomputed", "path": str(folder / "vectors.npz")}}],
        "recommender": {**RECOMMENDERS[recommender], "dim": dim},
        "training": {"epochs": 1, "n_threads": 1},
    }
    return fit_prepared(Prepared(load_recipe(recipe), _dataset(cluster[:n_items], random)), refit=False)


def later_item(n_items: int, place: int) -> dict[str, Any]:
    """The `place`-th item that was not there at first."""
    return {"item_id": f"i{n_items + place % N_LATER}", "kind": f"kind {place % 20}"}


def _write_vectors(path: Path, cluster: NDArray[np.int64], dim: int, random: np.random.Generator) -> None:
    centres = random.standard_normal((N_CLUSTERS, dim), dtype=np.float32)
    vectors = centres[cluster] + 0.7 * random.standard_normal((len(cluster), dim), dtype=np.float32)
    np.savez(path, ids=np.array([f"i{row}" for row in range(len(cluster))]), vectors=vectors)


def _dataset(cluster: NDArray[np.int64], random: np.random.Generator) -> Dataset:
    n_items = len(cluster)
    items = Vocabulary([f"i{row}" for row in range(n_items)])
    users = Vocabulary([f"u{row}" for row in range(N_USERS)])
    table = {
        columns.ITEM_ID: items.ids,
        "kind": [f"kind {one % 20}" for one in cluster],
        "price": random.lognormal(3, 1, n_items).round(2),
    }
    rows = np.concatenate([_touched(cluster, random) for _ in range(N_USERS)])
    user_rows = np.repeat(np.arange(N_USERS, dtype=np.int32), len(rows) // N_USERS)
    interactions = Interactions(users, items, user_rows, rows, timestamps=np.arange(len(rows), dtype=np.int64))
    return Dataset(interactions, Catalog(items, users, pl.DataFrame(table)), fingerprint="synthetic")


def _touched(cluster: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int32]:
    """Items of three clusters, and some of any; popular ones stand first."""
    liked = np.flatnonzero(np.isin(cluster, random.integers(0, N_CLUSTERS, 3)))
    chances = 1.0 / (1.0 + np.arange(len(liked)) / 20)
    own = random.choice(liked, min(N_TOUCHED - 5, len(liked)), replace=False, p=chances / chances.sum())
    any_ = random.integers(0, len(cluster), N_TOUCHED - len(own))
    return np.concatenate([own, any_]).astype(np.int32)
