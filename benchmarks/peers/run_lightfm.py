"""LightFM: WARP over item features, with and without the items' own ids; settings chosen on the validation part."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
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
from lightfm import LightFM
from protocol import Fitted, Task, binary_matrix, run

EPOCHS_A_LOOK = 5
SPACE: dict[str, list[Any]] = {
    "no_components": [32, 64],
    "learning_rate": [0.05, 0.02],
    "item_alpha": [1e-5, 1e-6, 1e-4],
    "user_alpha": [1e-5, 1e-6],
    "with_ids": [True, False],
}


def warp(task: Task, options: argparse.Namespace) -> Fitted:
    return over(read_features(options.features, task, "words"), task, options)


def warp_vectors(task: Task, options: argparse.Namespace) -> Fitted:
    return over(read_features(options.features, task, "vectors"), task, options)


def over(variants: dict[str, sp.csr_matrix], task: Task, options: argparse.Namespace) -> Fitted:
    train, ids = binary_matrix(task.train, task.shape), own_ids(trained_items(task))

    def fit(settings: dict[str, Any]) -> Iterator[Look]:
        features = variants[settings["features"]]
        if settings["with_ids"]:
            features = sp.hstack([ids, features], format="csr", dtype=np.float32)
        chosen = {name: value for name, value in settings.items() if name not in ("features", "with_ids")}
        model = LightFM(loss="warp", random_state=options.seed, **chosen)
        for epochs in range(EPOCHS_A_LOOK, options.epochs + 1, EPOCHS_A_LOOK):
            model.fit_partial(train, item_features=features, epochs=EPOCHS_A_LOOK, num_threads=options.threads)
            yield settings | {"epochs": epochs}, factors(model, features, task)

    return tuned(task, options, {"features": list(variants)} | SPACE, fit)


def own_ids(is_trained: np.ndarray) -> sp.csr_matrix:
    """N x trained items: 1 for an item that training has, rows of zeros for cold ones, whose ids would be noise."""
    rows = np.flatnonzero(is_trained)
    return sp.csr_matrix((np.ones(len(rows), np.float32), (rows, np.arange(len(rows)))), (len(is_trained), len(rows)))


def factors(model: LightFM, features: sp.csr_matrix, task: Task) -> Factors:
    biases, items = model.get_item_representations(features)
    users = with_strangers(model.get_user_representations()[1], trained_users(task))
    return Factors(users.copy(), np.array(items), np.array(biases))


MODELS = {"warp": warp, "warp_vectors": warp_vectors}

if __name__ == "__main__":
    run("lightfm-next", MODELS, cold_arguments(MODELS).parse_args())
