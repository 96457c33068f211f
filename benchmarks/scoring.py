"""The one scorer for everybody's lists: GENRE's own metrics on a split and a table of ranked lists.

Conventions: full catalogue; every user with a test item counts, one without a list scores 0; an item listed twice
counts at its better rank; gains are binary; recall is over all test items of the user.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.metrics.hit_rate import HitRateMetric
from genre.metrics.mrr import MrrMetric
from genre.metrics.ndcg import NdcgMetric
from genre.metrics.precision import PrecisionMetric
from genre.metrics.recall import RecallMetric
from genre.values import Judgement, Rankings, Vocabulary
from genre.values import columns as c
from genre.values.vocabulary import UNKNOWN

METRICS = {
    "ndcg": NdcgMetric,
    "recall": RecallMetric,
    "hit_rate": HitRateMetric,
    "mrr": MrrMetric,
    "precision": PrecisionMetric,
}
PAIR = [c.USER_ID, c.ITEM_ID]


@dataclass(frozen=True, eq=False)
class Scores:
    """What lists are worth.

    Attributes:
        user_ids: the B test users, in the same order whatever the lists, so that models can be compared in pairs.
        per_user: float64 [B] under names like `ndcg@10`.
        n_without_list: users who score 0 because they have no list.
    """

    user_ids: pl.Series
    per_user: dict[str, NDArray[np.float64]]
    n_without_list: int

    @property
    def means(self) -> dict[str, float]:
        """The mean over all test users."""
        return {name: float(values.mean()) for name, values in self.per_user.items()}


def score(split: pl.DataFrame, lists: pl.DataFrame, ks: Sequence[int] = (10, 20)) -> Scores:
    """Score the lists of one model.

    Args:
        split: user_id, item_id, part (train, valid, test).
        lists: user_id, item_id, rank (1 is best).
        ks: cut-offs.

    Raises:
        DataError: ranks are not 1..n, or a list holds an item of the user's train or valid part.
    """
    split, lists = (frame.with_columns(pl.col(PAIR).cast(pl.String)) for frame in (split, lists))
    _refuse_faulty(split, lists)
    users = Vocabulary(split.filter(pl.col(c.PART) == c.TEST)[c.USER_ID].unique(maintain_order=True))
    judgement = _judgement(split, lists, users, max(ks))
    per_user = {f"{name}@{k}": kind().measure(judgement, k) for k in ks for name, kind in METRICS.items()}
    n_without = int((judgement.rankings.item_rows == UNKNOWN).all(axis=1).sum())
    return Scores(users.ids, per_user, n_without)


def score_models(split: pl.DataFrame, lists: pl.DataFrame, ks: Sequence[int] = (10, 20)) -> dict[str, Scores]:
    """`score` for every value of the column `model`, in order of appearance."""
    groups = lists.partition_by(c.MODEL, as_dict=True, maintain_order=True)
    return {str(name): score(split, group, ks) for (name,), group in groups.items()}


def _refuse_faulty(split: pl.DataFrame, lists: pl.DataFrame) -> None:
    ranks = lists.group_by(c.USER_ID).agg(
        n=pl.len(), best=pl.col(c.RANK).min(), last=pl.col(c.RANK).max(), kinds=pl.col(c.RANK).n_unique()
    )
    gaps = ranks.filter((pl.col("best") != 1) | (pl.col("last") != pl.col("n")) | (pl.col("kinds") != pl.col("n")))
    seen = lists.join(split.filter(pl.col(c.PART) != c.TEST), on=PAIR, how="semi")
    faults = []
    if gaps.height:
        example = gaps[c.USER_ID].min()
        faults.append(Fault("rank", f"the ranks of {gaps.height} users, '{example}' among them, are not 1..n."))
    if seen.height:
        user, item = seen.select(PAIR).sort(PAIR).row(0)
        what = f"{seen.height} listed items are in the train or valid part, '{item}' of user '{user}' among them."
        faults.append(Fault(c.ITEM_ID, what, "Exclude them when recommending."))
    if faults:
        raise DataError(faults)


def _judgement(split: pl.DataFrame, lists: pl.DataFrame, users: Vocabulary, depth: int) -> Judgement:
    items = Vocabulary(pl.concat([split[c.ITEM_ID], lists[c.ITEM_ID]]).unique(maintain_order=True))
    train = split.filter(pl.col(c.PART) == c.TRAIN)
    truth = split.filter(pl.col(c.PART) == c.TEST).select(PAIR).unique()
    lists = (
        lists.filter(pl.col(c.RANK) <= depth)
        .sort(c.RANK)
        .with_columns(pl.struct(PAIR).is_first_distinct().alias("first"))
    )
    lists = lists.join(users.ids.alias(c.USER_ID).to_frame(), on=c.USER_ID, how="semi", maintain_order="left")
    hit = lists.join(truth.with_columns(true=True), on=PAIR, how="left", maintain_order="left")
    rows, places = users.rows(lists[c.USER_ID]), lists[c.RANK].to_numpy().astype(np.int64) - 1

    item_rows = np.full((len(users), depth), UNKNOWN, dtype=np.int32)
    hits = np.zeros(item_rows.shape, dtype=bool)
    item_rows[rows, places] = items.rows(lists[c.ITEM_ID])
    hits[rows, places] = hit["true"].fill_null(value=False).to_numpy() & lists["first"].to_numpy()
    scores = np.where(item_rows == UNKNOWN, -np.inf, -np.arange(depth)).astype(np.float32)
    return Judgement(
        Rankings(item_rows, scores),
        hits,
        n_relevant=np.bincount(users.rows(truth[c.USER_ID]), minlength=len(users)),
        popularity=np.bincount(items.rows(train[c.ITEM_ID]), minlength=len(items)),
        n_train_users=train[c.USER_ID].n_unique(),
        candidates=np.ones(len(items), dtype=bool),
    )
