"""Cornac: VBPR over the items' vectors and CTR over their words; settings chosen on the validation part.

Cornac ranks no item that training lacks, so the published score of such an item is taken from the fitted parameters:
what its content gives, without the factors and the bias of its own that it never had.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from cold_protocol import (
    Factors,
    Look,
    cold_arguments,
    read_features,
    trained_items,
    trained_users,
    tuned,
    with_strangers,
)
from cornac.data import Dataset, ImageModality, TextModality
from cornac.data.text import BaseTokenizer
from cornac.models import CTR, VBPR
from protocol import Fitted, Task, run

EPOCHS_A_LOOK = 5
INFERENCE_ROUNDS = 20
VBPR_SPACE: dict[str, list[Any]] = {
    "k": [16, 32],
    "k2": [32, 64],
    "learning_rate": [0.005, 0.001],
    "lambda_w": [0.01, 0.1, 0.001],
    "lambda_e": [0.0, 0.01, 0.1],
    "batch_size": [512],
}
CTR_SPACE: dict[str, list[Any]] = {
    "k": [50, 100],
    "lambda_v": [10.0, 100.0, 1.0],
    "lambda_u": [0.01, 0.1, 1.0],
    "max_iter": [20, 50],
}


def vbpr(task: Task, options: argparse.Namespace) -> Fitted:
    """Score of a cold item: beta' . f + theta_u . E f. Reference: arXiv 1510.01784."""
    variants = read_features(options.features, task, "vectors")
    n_known = int(trained_items(task).sum())

    def fit(settings: dict[str, Any]) -> Iterator[Look]:
        vectors = variants[settings["features"]].toarray()
        data = dataset(task, options.seed)
        data.add_modalities(item_image=ImageModality(features=vectors[:n_known]))
        chosen = {name: value for name, value in settings.items() if name != "features"}
        model = VBPR(n_epochs=EPOCHS_A_LOOK, seed=options.seed, verbose=False, **chosen)
        for epochs in range(EPOCHS_A_LOOK, options.epochs + 1, EPOCHS_A_LOOK):
            model.is_fitted = False  # it goes on from its parameters
            model.fit(data)
            items, biases = vectors @ model.emb_matrix, (vectors @ model.beta_prime).ravel()
            yield settings | {"epochs": epochs}, Factors(all_users(model.theta_user, task), items, biases)

    return tuned(task, options, {"features": list(variants)} | VBPR_SPACE, fit)


def ctr(task: Task, options: argparse.Namespace) -> Fitted:
    """Score of a cold item: its topics . u. Reference: Wang and Blei, Collaborative topic modeling, KDD 2011."""
    texts = TextModality(
        corpus=read_texts(options, task), tokenizer=BaseTokenizer(stop_words="english"), max_vocab=8000
    )
    texts.build()
    n_known = int(trained_items(task).sum())
    data = dataset(task, options.seed)
    data.add_modalities(item_text=texts)

    def fit(settings: dict[str, Any]) -> Iterator[Look]:
        capped = settings | {"max_iter": min(settings["max_iter"], options.epochs)}
        model = CTR(seed=options.seed, verbose=False, **capped)
        model.fit(data)
        items = np.vstack([model.V, topics_of_new(model.model.beta, texts, n_known, task.shape[1])])
        yield capped, Factors(all_users(model.U, task), items, np.zeros(len(items)))

    return tuned(task, options, CTR_SPACE, fit)


def topics_of_new(beta: np.ndarray, texts: TextModality, n_known: int, n_items: int) -> np.ndarray:
    """Topic shares of the items past `n_known`, by expectation maximisation with the topics held: C x k.

    An item without a known word gets equal shares. `beta` is words x k.
    """
    counts = texts.batch_bow(np.arange(n_known, n_items), keep_sparse=True)
    shares = np.full((counts.shape[0], beta.shape[1]), 1.0 / beta.shape[1])
    for row in np.flatnonzero(np.diff(counts.indptr)):
        place = slice(counts.indptr[row], counts.indptr[row + 1])
        likely, weights = beta[counts.indices[place]], counts.data[place]
        for _ in range(INFERENCE_ROUNDS):
            joint = shares[row] * likely
            shares[row] = weights @ (joint / joint.sum(axis=1, keepdims=True)) / weights.sum()
    return shares


def dataset(task: Task, seed: int) -> Dataset:
    """The training part in Cornac's form; its users and items come first among the task's rows."""
    pairs = task.train.select("user_row", "item_row").unique(maintain_order=True)
    users, items = pairs["user_row"].to_numpy(), pairs["item_row"].to_numpy()
    user_ids, item_ids = ({row: row for row in range(int(rows.max()) + 1)} for rows in (users, items))
    ratings = np.ones(len(users))
    return Dataset(len(user_ids), len(item_ids), user_ids, item_ids, (users, items, ratings), seed=seed)


def all_users(known: np.ndarray, task: Task) -> np.ndarray:
    """Factors of trained users [., F] with those of the others: U x F."""
    users = np.zeros((task.shape[0], known.shape[1]))
    users[: len(known)] = known
    return with_strangers(users, trained_users(task))


def read_texts(options: argparse.Namespace, task: Task) -> list[str]:
    """What is written about each item, in the task's order."""
    table = pl.read_parquet(options.features / "items.parquet").with_columns(pl.col("item_id").cast(pl.String))
    wanted = pl.DataFrame({"item_id": task.items})
    return wanted.join(table, on="item_id", how="left", maintain_order="left")["text"].fill_null("").to_list()


MODELS = {"vbpr": vbpr, "ctr": ctr}

if __name__ == "__main__":
    run("cornac", MODELS, cold_arguments(MODELS).parse_args())
