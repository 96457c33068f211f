"""implicit: ALS with its defaults, and TF-IDF item neighbours (K = 20, the default)."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import TFIDFRecommender
from protocol import Fitted, Lists, Question, Task, arguments, binary_matrix, run, trim


def als(task: Task, options: argparse.Namespace) -> Fitted:
    model = AlternatingLeastSquares(random_state=options.seed, num_threads=options.threads)
    settings = {"factors": model.factors, "regularization": model.regularization, "iterations": model.iterations}
    return _fitted(model, task, settings)


def item_knn(task: Task, options: argparse.Namespace) -> Fitted:
    model = TFIDFRecommender(K=20, num_threads=options.threads)
    return _fitted(model, task, {"K": model.K})


def _fitted(model: Any, task: Task, settings: dict[str, Any]) -> Fitted:
    model.fit(binary_matrix(task.train, task.shape), show_progress=False)

    def answer(question: Question, k: int) -> Lists:
        histories = question.matrix()[question.rows]
        items, scores = model.recommend(question.rows, histories, N=question.depth(k), recalculate_user=True)
        listed = scores > np.finfo(scores.dtype).min  # implicit fills short lists with the lowest float
        return trim(question, k, Lists(np.where(listed, items, -1).astype(np.int64), scores.astype(np.float64)))

    return Fitted(answer, settings)


MODELS = {"als": als, "item_knn": item_knn}

if __name__ == "__main__":
    run("implicit", MODELS, arguments(MODELS).parse_args())
