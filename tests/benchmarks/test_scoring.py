from math import log2

import polars as pl
import pytest

from benchmarks.scoring import score, score_models
from genre.core.errors import DataError

SPLIT = pl.DataFrame(
    {
        "user_id": ["u", "u", "u", "u", "v", "v", "w", "w"],
        "item_id": ["a", "b", "c", "d", "a", "e", "b", "a"],
        "part": ["train", "valid", "test", "test", "train", "test", "train", "test"],
    }
)


def lists_of(**lists: list[str]) -> pl.DataFrame:
    rows = [(user, item, rank) for user, items in lists.items() for rank, item in enumerate(items, start=1)]
    return pl.DataFrame(rows, schema=["user_id", "item_id", "rank"], orient="row")


def test_means_are_those_computed_by_hand() -> None:
    means = score(SPLIT, lists_of(u=["e", "c", "d"], v=["b", "c", "e"], w=["c"]), ks=[2, 3]).means
    ideal = 1 + 1 / log2(3)
    assert means["ndcg@3"] == pytest.approx(((1 / log2(3) + 1 / 2) / ideal + 1 / 2 + 0) / 3)
    assert means["ndcg@2"] == pytest.approx((1 / log2(3) / ideal) / 3)
    assert means["recall@3"] == pytest.approx((1 + 1 + 0) / 3)
    assert means["recall@2"] == pytest.approx((1 / 2 + 0 + 0) / 3)
    assert means["hit_rate@3"] == pytest.approx(2 / 3)
    assert means["mrr@3"] == pytest.approx((1 / 2 + 1 / 3 + 0) / 3)
    assert means["mrr@2"] == pytest.approx((1 / 2) / 3)
    assert means["precision@3"] == pytest.approx((2 / 3 + 1 / 3 + 0) / 3)


def test_a_user_without_list_scores_zero() -> None:
    scores = score(SPLIT, lists_of(u=["c", "d"], v=["e"]), ks=[10])
    assert scores.n_without_list == 1
    assert dict(zip(scores.user_ids, scores.per_user["ndcg@10"], strict=True)) == {"u": 1.0, "v": 1.0, "w": 0.0}


def test_an_item_listed_twice_counts_at_its_better_rank() -> None:
    scores = score(SPLIT, lists_of(u=["c", "c", "e", "d"]), ks=[4])
    assert scores.per_user["recall@4"][0] == 1.0
    assert scores.per_user["ndcg@4"][0] == pytest.approx((1 + 1 / log2(5)) / (1 + 1 / log2(3)))


def test_items_outside_the_split_and_users_outside_the_test_change_nothing() -> None:
    without = score(SPLIT, lists_of(u=["e", "c"]), ks=[2]).means
    assert score(SPLIT, lists_of(u=["new", "c"], stranger=["a"]), ks=[2]).means == without


def test_ids_may_be_numbers() -> None:
    split = pl.DataFrame({"user_id": [1, 1], "item_id": [7, 8], "part": ["train", "test"]})
    assert score(split, lists_of(**{"1": ["8"]}), ks=[1]).means["ndcg@1"] == 1.0


def test_models_are_scored_apart_over_the_same_users() -> None:
    good = lists_of(u=["c", "d"], v=["e"], w=["a"]).with_columns(model=pl.lit("good"))
    bad = lists_of(w=["c"]).with_columns(model=pl.lit("bad"))
    scores = score_models(SPLIT, pl.concat([good, bad]), ks=[5])
    assert scores["good"].means["ndcg@5"] == 1.0
    assert scores["bad"].means["ndcg@5"] == 0.0
    assert scores["good"].user_ids.equals(scores["bad"].user_ids)


def test_all_faults_are_named_at_once() -> None:
    lists = pl.concat([lists_of(u=["a", "c"]), lists_of(v=["b", "e"]).with_columns(rank=pl.col("rank") + 1)])
    with pytest.raises(DataError) as raised:
        score(SPLIT, lists)
    assert [fault.where for fault in raised.value.faults] == ["rank", "item_id"]
    assert "'v'" in str(raised.value)
    assert "'a' of user 'u'" in str(raised.value)
