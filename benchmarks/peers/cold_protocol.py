"""What the peers' scripts for cold items do alike: read the items' features, choose by the validation part, rank.

Candidates of a part are the items in it: a cold-items split keeps all interactions with such an item there. Peers
learn from the training part; the cold items of the validation part choose settings; users who are absent from
training are given the mean of the others.
Letters as in `protocol`; C candidates, D width of the features, F factors.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp
from protocol import FitModel, Fitted, Lists, Question, Task, arguments, ndcg

K = 10
PATIENCE = 2
"""Looks at the validation part without a gain after which a trial ends."""


@dataclass(frozen=True, eq=False)
class Factors:
    """scores = users . items + biases; users B x F, items N x F, biases [N]."""

    users: np.ndarray
    items: np.ndarray
    biases: np.ndarray

    def lists(self, question: Question, k: int) -> Lists:
        """The k best candidates of each asked user; ties go to the lower row."""
        candidates = question.truth["item_row"].unique().sort().to_numpy()
        items, biases = self.items[candidates].T, self.biases[candidates]
        parts = []
        for rows in question.blocks():
            scores = self.users[rows].astype(np.float64) @ items + biases
            places = np.argsort(-scores, axis=1, kind="stable")[:, :k]
            parts.append((candidates[places], np.take_along_axis(scores, places, axis=1)))
        return Lists(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


Look = tuple[dict[str, Any], Factors]
"""Settings with what was learned so far."""
Fit = Callable[[dict[str, Any]], Iterator[Look]]


def read_features(folder: Path, task: Task, form: str) -> dict[str, sp.csr_matrix]:
    """Every variant of the features in one form, N x D in the task's order of items.

    `items.parquet` names the items of the rows of each `NAME.npy` (form `vectors`: what our encoders gave) and
    `NAME.npz` (form `words`: words, categories and numbers, sparse).
    """
    ids = pl.read_parquet(folder / "items.parquet")["item_id"].cast(pl.String).to_list()
    places = dict(zip(ids, range(len(ids)), strict=True))
    rows = [places[item] for item in task.items]
    if form == "vectors":
        found = {path.stem: sp.csr_matrix(np.load(path)[rows]) for path in sorted(folder.glob("*.npy"))}
    else:
        found = {path.stem: sp.load_npz(path).tocsr()[rows] for path in sorted(folder.glob("*.npz"))}
    return {name: matrix.astype(np.float32) for name, matrix in found.items()}


def trained_users(task: Task) -> np.ndarray:
    """bool [U], who is in the training part."""
    return np.bincount(task.train["user_row"].to_numpy(), minlength=task.shape[0]) > 0


def trained_items(task: Task) -> np.ndarray:
    """bool [N], what is in the training part."""
    return np.bincount(task.train["item_row"].to_numpy(), minlength=task.shape[1]) > 0


def with_strangers(users: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    """User factors in which those who are not known (bool [U]) get the mean of those who are."""
    return np.where(is_known[:, None], users, users[is_known].mean(axis=0))


def tuned(task: Task, options: argparse.Namespace, spaces: dict[str, list[Any]], fit: Fit) -> Fitted:
    """The best look of `--trials` settings drawn from all combinations, by NDCG@10 among cold validation items.

    Each variant of the features has its turn before one comes twice. The fit time is that of the best trial.
    """
    question = task.on_valid()
    found, trials = None, []
    begin = time.perf_counter()
    for settings in drawn(spaces, options.trials, options.seed):
        start, worth = time.perf_counter(), -1.0
        for look, factors, value in judged(fit(settings), question, options.patience):
            if value > worth:
                worth = value
                if found is None or value > found[0]:
                    found = (value, look, factors, len(trials))
        trials.append(settings | {"valid_ndcg": worth, "seconds": round(time.perf_counter() - start, 2)})
    if found is None:
        raise SystemExit("No trial gave anything: ask for one at least.")
    value, look, factors, place = found
    tune_seconds = time.perf_counter() - begin - trials[place]["seconds"]
    return Fitted(factors.lists, look | {"valid_ndcg@10": value}, tune_seconds, {"trials": trials})


def judged(looks: Iterator[Look], question: Question, patience: int) -> Iterator[tuple[dict[str, Any], Factors, float]]:
    """Looks with their NDCG@10, until `patience` of them in a row were no gain."""
    best, since = -1.0, 0
    for settings, factors in looks:
        value = ndcg(question, factors.lists(question, K), K)
        yield settings, factors, value
        best, since = (value, 0) if value > best else (best, since + 1)
        if since >= patience:
            return


def drawn(spaces: dict[str, list[Any]], n_trials: int, seed: int) -> list[dict[str, Any]]:
    """`n_trials` different combinations; the first is the first value of everything, `features` take turns."""
    combinations = [dict(zip(spaces, values, strict=True)) for values in itertools.product(*spaces.values())]
    order = np.random.default_rng(seed).permutation(np.arange(1, len(combinations)))
    shuffled = [combinations[0], *(combinations[place] for place in order)]
    groups: dict[Any, list[dict[str, Any]]] = {name: [] for name in spaces.get("features", [None])}
    for one in shuffled:
        groups[one.get("features")].append(one)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*groups.values()))
    return [one for one in turns if one is not None][:n_trials]


def cold_arguments(models: dict[str, FitModel]) -> argparse.ArgumentParser:
    """The command line of every script, with what cold items need."""
    parser = arguments(models)
    parser.add_argument("--features", type=Path, required=True, help="folder: items.parquet, NAME.npy, NAME.npz")
    parser.add_argument("--trials", type=int, default=12, help="settings tried on the validation part")
    parser.add_argument("--epochs", type=int, default=40, help="the most epochs of a trial")
    parser.add_argument("--patience", type=int, default=PATIENCE, help="looks without a gain that end a trial")
    return parser
