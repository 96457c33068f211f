from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.ablation import DIVISIONS, FEATURES, SETS, Judged, by_chance, page_of, ran, recipe_of, user_numbers
from benchmarks.cold_items import random_order
from benchmarks.kept_runs import KeptRun
from benchmarks.movielens import MovieLens
from genre.config.loading import load_recipe

DATA = MovieLens(
    {word: f"/nowhere/{word}.parquet" for word in ("interactions", "items", "users", "graph", "links")}, "/pictures"
)
N_USERS = 60


def judged(*shifts: float) -> list[Judged]:
    """Two seeds of 60 users each; all sets see the same chance, plus a shift."""
    base = np.random.default_rng(0).random(2 * N_USERS)
    users = np.tile(np.arange(N_USERS), 2)
    return [Judged(base + shift, users, 10.0, 500.0) for shift in shifts]


@pytest.mark.parametrize("split", DIVISIONS)
@pytest.mark.parametrize("name", SETS)
def test_every_run_has_a_recipe_that_holds(split, name):
    recipe = load_recipe(recipe_of(DATA, split, name), ["seed=43"])
    assert [feature.name for feature in recipe.features] == list(SETS[name].features)
    assert all(feature.encoder.folder == Path("/pictures") for feature in recipe.features if feature.name == "posters")
    assert (recipe.data.splitter.type_name(), recipe.seed) == (split, 43)
    assert bool(recipe.alignment) == (name == "aligned")


def test_each_modality_stands_alone_once_and_all_stand_together():
    alone = [chosen.features for chosen in SETS.values() if len(chosen.features) == 1]
    assert alone == [(name,) for name in FEATURES]
    assert SETS["all"].features == tuple(FEATURES)


def test_ids_alone_say_nothing_of_unseen_films():
    assert not ran("cold_items", "ids")
    assert ran("leave_one_out", "ids") and ran("cold_items", "text")


def test_the_page_says_what_helps_and_what_does_not():
    ids, text, all_of_them = judged(0.0, 0.1, 0.2)
    flips = np.where(np.arange(2 * N_USERS) % N_USERS < N_USERS / 2, 0.1, -0.1)
    genres = Judged(ids.values + flips, ids.users, 10.0, 500.0)
    graph = Judged(ids.values - 0.1, ids.users, 10.0, 500.0)
    page, is_beaten = page_of(
        "leave_one_out", {"ids": ids, "text": text, "genres": genres, "graph": graph, "all": all_of_them}, 2
    )
    assert is_beaten
    assert "- ids + text is better than ids only: +0.1000 (+0.1000 to +0.1000)" in page
    assert "- Adding genres does not help: " in page
    assert "- Adding graph harms: -0.1000" in page
    assert f"Seeds: 2; users: {N_USERS}." in page
    # 4 tests, 10,000 flips: the smallest p of a shift of all users alike is 1 / 10,001, four times that after Holm
    assert page.count("0.0004") == 2 * 3


def test_unseen_films_are_compared_with_text():
    text, all_of_them = judged(0.1, 0.1)
    chance = Judged(np.full(2 * N_USERS, 0.05), text.users)
    page, is_beaten = page_of("cold_items", {"ids": chance, "text": text, "all": all_of_them}, 2)
    assert not is_beaten
    assert "- all is no better than ids + text: +0.0000" in page
    assert "chance shown | 0.0500 | 0.0500 to 0.0500 |  |  |  |  |" in page


def test_a_user_has_the_same_number_in_all_seeds():
    numbers = user_numbers([pl.Series(["b", "a"]), pl.Series(["a", "c"])])
    assert numbers[1] == numbers[2]
    assert len(set(numbers)) == 3


def test_chance_is_that_of_a_random_order_of_the_candidates(tmp_path):
    rows = [("u", "a", "test"), ("u", "b", "test"), ("v", "c", "test"), ("v", "a", "train")]
    split = pl.DataFrame(rows, schema=["user_id", "item_id", "part"], orient="row")
    split.write_parquet(tmp_path / "split.parquet")
    found = by_chance([KeptRun({"n_candidates": 20}, 1.0, 1.0, tmp_path)])
    assert sorted(found.values) == pytest.approx(sorted(random_order(np.array([2, 1]), 20)))

    random, discounts = np.random.default_rng(1), 1.0 / np.log2(np.arange(2, 12))
    places = np.argsort(random.random((40_000, 20)), axis=1)[:, :2]
    gains = np.where(places < 10, np.append(discounts, np.zeros(10))[places], 0.0).sum(axis=1)
    assert gains.mean() / discounts[:2].sum() == pytest.approx(random_order(np.array([2]), 20)[0], rel=0.02)
