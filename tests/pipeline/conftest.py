"""What pipeline tests share: a small fitted model, tables, and a way to draft recipes from them."""

import numpy as np
import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.pipeline.assemble import Prepared
from genre.pipeline.check import check
from genre.pipeline.draft import draft
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [{"name": "text", "encoder": "tfidf"}, {"name": "genres", "encoder": "multi_hot"}],
    "recommender": "ease",
}


@pytest.fixture(scope="session")
def prepared():
    return Prepared(load_recipe(RECIPE), tiny_dataset())


@pytest.fixture(scope="session")
def model(prepared):
    return fit_prepared(prepared)


N_USERS, N_ITEMS = 40, 30
GENRES = ("Drama", "Comedy", "Space")


@pytest.fixture
def ratings():
    """user, item, rating, time (seconds, 2015 to 2016) of 40 users with 30 items; every pair once."""
    rng = np.random.default_rng(3)
    pairs = [(user, item) for user in range(N_USERS) for item in rng.permutation(N_ITEMS)[:12]]
    users, items = np.array(pairs).T
    times = 1_420_070_400 + rng.permutation(len(pairs)) * 60_000
    return pl.DataFrame({"user": users, "item": items, "rating": rng.integers(1, 6, len(pairs)), "time": times})


@pytest.fixture
def films():
    """One row per item: a title, genres as a list, a story, a year, a code and a count of votes."""
    rows = np.arange(N_ITEMS)
    return pl.DataFrame(
        {
            "item": rows,
            "title": [
                f"The {word} of day {row}" for row, word in zip(rows, ["ship", "joke", "rain"] * 10, strict=True)
            ],
            "genres": [[GENRES[row % 3], "Long"] if row % 2 else [GENRES[row % 3]] for row in rows],
            "story": [f"Somebody travels to place {row} and comes back with thing {row * 7}." for row in rows],
            "year": 1960 + rows,
            "image": [f"posters/{row}.jpg" for row in rows],
            "vote_count": rows * 31 % 97,
        }
    )


@pytest.fixture
def drafted(tmp_path, monkeypatch):
    """Draft from files and see that the recipe is valid and checks without FAIL; gives draft and recipe."""
    monkeypatch.chdir(tmp_path)

    def run(*paths):
        found = draft(paths)
        path = tmp_path / "drafted.yaml"
        path.write_text(found.text, encoding="utf-8")
        result = check(path)
        assert result.ok, [str(finding.fault()) for finding in result.findings if finding.level == "FAIL"]
        recipe = load_recipe(path)
        (sensible,) = [finding.what for finding in result.findings if "make sense here" in finding.what]
        assert recipe.recommender.type_name() in sensible.partition(": ")[2].rstrip(".").split(", ")
        return found, recipe

    return run
