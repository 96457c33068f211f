"""What every peer script does alike: read the split, ask for lists, take the time, write the result.

Imported by the `run_*.py` scripts inside the environment of one library, so it needs numpy, scipy and polars only.
Letters: B asked users, U users, N items, K list length. Rows: users and items of the training part come first.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

PARTS = ("train", "valid", "test")
BLOCK = 1024
"""Users scored at once."""


@dataclass(frozen=True, eq=False)
class Question:
    """Whom to recommend to, what is known about them, what must not be listed and what they took.

    `history`, `excluded` and `truth` are tables with user_row and item_row, histories oldest first.
    """

    rows: np.ndarray
    history: pl.DataFrame
    excluded: pl.DataFrame
    truth: pl.DataFrame
    shape: tuple[int, int]

    def matrix(self) -> sp.csr_matrix:
        """Histories of all users: U x N float32, 1 per touched item."""
        return binary_matrix(self.history, self.shape)

    def blocks(self) -> Iterator[np.ndarray]:
        """The asked rows, a few at a time."""
        for start in range(0, len(self.rows), BLOCK):
            yield self.rows[start : start + BLOCK]

    def depth(self, k: int) -> int:
        """How many items to ask of a library that excludes the history only, so that k are left after `trim`."""
        extra = self.excluded.join(self.history, on=["user_row", "item_row"], how="anti")
        most = extra.group_by("user_row").len()["len"].max()
        return k + (most if isinstance(most, int) else 0)


@dataclass(frozen=True, eq=False)
class Task:
    """A split in rows, under one of the two protocols.

    p1: at test time the history is train + valid; p2: it is train. Both list neither train nor valid items.
    """

    users: list[str]
    items: list[str]
    parts: dict[str, pl.DataFrame]
    has_valid_history: bool

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.users), len(self.items)

    @property
    def train(self) -> pl.DataFrame:
        return self.parts["train"]

    def on_valid(self) -> Question:
        """Validation: history and exclusions are the training part."""
        return self._question("valid", self.train, self.train)

    def on_test(self) -> Question:
        seen = pl.concat([self.train, self.parts["valid"]]).sort("timestamp", maintain_order=True)
        return self._question("test", seen if self.has_valid_history else self.train, seen)

    def _question(self, part: str, history: pl.DataFrame, excluded: pl.DataFrame) -> Question:
        truth = self.parts[part].select("user_row", "item_row").unique()
        rows = truth["user_row"].unique().sort().to_numpy()
        return Question(rows, history, excluded, truth, self.shape)


@dataclass(frozen=True, eq=False)
class Lists:
    """item_rows int64 [B, K], -1 where a list is shorter, and scores [B, K]."""

    item_rows: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model.

    Attributes:
        answer: gives lists of k items.
        settings: the hyper-parameters, for the record.
        tune_seconds: what went into choosing or measuring on the validation part, not counted as fit.
        extra: more for the JSON.
    """

    answer: Callable[[Question, int], Lists]
    settings: dict[str, Any] = field(default_factory=dict)
    tune_seconds: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)


FitModel = Callable[[Task, argparse.Namespace], Fitted]


def read_task(path: Path, protocol: str) -> Task:
    """The split at `path`: user_id, item_id, rating, timestamp, part. Tied times keep file order."""
    split = pl.read_parquet(path).with_columns(pl.col("user_id", "item_id").cast(pl.String))
    split = split.with_columns(pl.col("part").replace_strict(dict(zip(PARTS, range(3), strict=True))).alias("order"))
    by_part = split.sort("order", maintain_order=True)
    users, items = (by_part[name].unique(maintain_order=True).to_list() for name in ("user_id", "item_id"))
    for column, ids in (("user", users), ("item", items)):
        rows = dict(zip(ids, range(len(ids)), strict=True))
        split = split.with_columns(
            pl.col(f"{column}_id").replace_strict(rows, return_dtype=pl.Int64).alias(f"{column}_row")
        )
    split = split.sort("timestamp", maintain_order=True)
    parts = {part: split.filter(pl.col("part") == part).drop("order", "part") for part in PARTS}
    return Task(users, items, parts, has_valid_history=protocol == "p1")


def binary_matrix(table: pl.DataFrame, shape: tuple[int, int]) -> sp.csr_matrix:
    """U x N float32, 1 per pair of the table."""
    rows, columns = table["user_row"].to_numpy(), table["item_row"].to_numpy()
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def best(question: Question, k: int, score: Callable[[np.ndarray], np.ndarray]) -> Lists:
    """The k best allowed items by `score(rows)` -> b x N; ties go to the lower row."""
    excluded = binary_matrix(question.excluded, question.shape)
    lists = []
    for rows in question.blocks():
        scores = np.array(score(rows), dtype=np.float64)
        scores[excluded[rows].nonzero()] = -np.inf
        chosen = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]
        values = np.take_along_axis(scores, chosen, axis=1)
        order = np.lexsort((chosen, -values), axis=1)
        chosen, values = np.take_along_axis(chosen, order, axis=1), np.take_along_axis(values, order, axis=1)
        lists.append((np.where(np.isfinite(values), chosen, -1), values))
    return Lists(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))


def trim(question: Question, k: int, lists: Lists) -> Lists:
    """The first k allowed items of longer lists, in the same order."""
    n_items = question.shape[1]
    forbidden = question.excluded["user_row"].to_numpy() * n_items + question.excluded["item_row"].to_numpy()
    keys = question.rows[:, None] * n_items + lists.item_rows
    dropped = (lists.item_rows < 0) | np.isin(keys, forbidden)
    order = np.argsort(dropped, axis=1, kind="stable")[:, :k]
    items, scores, dropped = (np.take_along_axis(a, order, axis=1) for a in (lists.item_rows, lists.scores, dropped))
    return Lists(np.where(dropped, -1, items), np.where(dropped, -np.inf, scores))


def lists_of_pairs(
    question: Question, depth: int, user_rows: np.ndarray, item_rows: np.ndarray, scores: np.ndarray
) -> Lists:
    """Lists from pairs that stand user after user, best first."""
    items = np.full((len(question.rows), depth), -1, dtype=np.int64)
    values = np.full(items.shape, -np.inf)
    order = np.argsort(user_rows, kind="stable")
    asked, starts, counts = np.unique(user_rows[order], return_index=True, return_counts=True)
    places = np.arange(len(order)) - np.repeat(starts, counts)
    lines = np.repeat(np.searchsorted(question.rows, asked), counts)
    items[lines, places], values[lines, places] = item_rows[order], scores[order]
    return Lists(items, values)


def ndcg(question: Question, lists: Lists, k: int) -> float:
    """Mean NDCG@k over the asked users, binary gain, for choosing settings on the validation part."""
    n_items = question.shape[1]
    keys = question.rows[:, None] * n_items + lists.item_rows[:, :k]
    true = question.truth["user_row"].to_numpy() * n_items + question.truth["item_row"].to_numpy()
    hits = np.isin(keys, true) & (lists.item_rows[:, :k] >= 0)
    discounts = 1 / np.log2(np.arange(2, k + 2))
    n_true = np.bincount(question.truth["user_row"].to_numpy(), minlength=question.shape[0])[question.rows]
    ideal = np.cumsum(discounts)[np.minimum(n_true, k) - 1]
    return float(((hits @ discounts[: hits.shape[1]]) / ideal).mean())


def arguments(models: dict[str, FitModel]) -> argparse.ArgumentParser:
    """The command line of every script."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "split", type=Path, help="parquet: user_id, item_id, rating, timestamp, part (train|valid|test)"
    )
    parser.add_argument(
        "out", type=Path, help="parquet to write: model, user_id, item_id, rank, score; .json beside it"
    )
    parser.add_argument(
        "--protocol", choices=["p1", "p2"], required=True, help="history at test: p1 train+valid, p2 train"
    )
    parser.add_argument("--model", choices=list(models), required=True)
    parser.add_argument("--depth", type=int, default=20, help="length of the lists")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=42)
    return parser


def run(library: str, models: dict[str, FitModel], options: argparse.Namespace) -> None:
    """Fit the asked model, make the lists of all test users, write `out` and the JSON beside it.

    `library` is the distribution whose version is recorded, empty for none.
    """
    task = read_task(options.split, options.protocol)
    start = time.perf_counter()
    fitted = models[options.model](task, options)
    fit_seconds = time.perf_counter() - start - fitted.tune_seconds
    question = task.on_test()
    start = time.perf_counter()
    lists = fitted.answer(question, options.depth)
    list_seconds = time.perf_counter() - start
    options.out.parent.mkdir(parents=True, exist_ok=True)
    table(task, question, lists, options.model).write_parquet(options.out)
    record = {
        "library": library,
        "version": version(library) if library else "",
        "model": options.model,
        "settings": fitted.settings,
        "seed": options.seed,
        "threads": options.threads,
        "fit_seconds": round(fit_seconds, 3),
        "tune_seconds": round(fitted.tune_seconds, 3),
        "list_seconds": round(list_seconds, 3),
        "peak_mib": round(peak_mib(), 1),
    }
    options.out.with_suffix(".json").write_text(json.dumps(record | fitted.extra, indent=1) + "\n", encoding="utf-8")


def peak_mib() -> float:
    """The most memory this process has held, without what the process that started it held (as ru_maxrss may)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def table(task: Task, question: Question, lists: Lists, model: str) -> pl.DataFrame:
    """model, user_id, item_id, rank (1 is best), score; one row per listed item."""
    lines, places = np.nonzero(lists.item_rows >= 0)
    users, items = pl.Series(task.users, dtype=pl.String), pl.Series(task.items, dtype=pl.String)
    return pl.DataFrame(
        {
            "model": pl.repeat(model, len(lines), eager=True),
            "user_id": users.gather(question.rows[lines]),
            "item_id": items.gather(lists.item_rows[lines, places]),
            "rank": (places + 1).astype(np.int32),
            "score": lists.scores[lines, places],
        }
    )
