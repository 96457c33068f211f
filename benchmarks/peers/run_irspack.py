"""irspack: SLIM with its defaults; iALS and EASE, each tuned by ten trials on the validation part."""

from __future__ import annotations

import argparse
import logging
import time
from typing import Any

import optuna
from irspack import DenseSLIMRecommender, Evaluator, IALSRecommender, SLIMRecommender
from protocol import Fitted, Lists, Question, Task, arguments, best, binary_matrix, run

N_TRIALS = 10


def slim(task: Task, options: argparse.Namespace) -> Fitted:
    model = SLIMRecommender(binary_matrix(task.train, task.shape), n_threads=options.threads).learn()
    return Fitted(_answer(model), {"alpha": model.alpha, "l1_ratio": model.l1_ratio})


def ials(task: Task, options: argparse.Namespace) -> Fitted:
    return _tuned(IALSRecommender, task, options, n_threads=options.threads, random_seed=options.seed)


def ease(task: Task, options: argparse.Namespace) -> Fitted:
    return _tuned(DenseSLIMRecommender, task, options)


def _tuned(kind: Any, task: Task, options: argparse.Namespace, **fixed: Any) -> Fitted:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logger = logging.getLogger("quiet")
    logger.setLevel(logging.WARNING)
    train = binary_matrix(task.train, task.shape)
    start = time.perf_counter()
    truth = binary_matrix(task.parts["valid"], task.shape)
    evaluator = Evaluator(truth, cutoff=10, n_threads=options.threads)
    chosen, _ = kind.tune(train, evaluator, n_trials=N_TRIALS, tuning_random_seed=options.seed, logger=logger, **fixed)
    tune_seconds = time.perf_counter() - start
    return Fitted(_answer(kind(train, **chosen, **fixed).learn()), chosen, tune_seconds)


def _answer(model: Any) -> Any:
    def answer(question: Question, k: int) -> Lists:
        histories = question.matrix()
        return best(question, k, lambda rows: model.get_score_cold_user(histories[rows]))

    return answer


MODELS = {"slim": slim, "ials": ials, "ease": ease}

if __name__ == "__main__":
    run("irspack", MODELS, arguments(MODELS).parse_args())
