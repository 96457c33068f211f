import pytest

from benchmarks.kept_runs import KeptRun
from benchmarks.models import BASELINES, RECIPES, about, baseline, placed, row_of, tables_of
from benchmarks.movielens import MovieLens
from genre.config.loading import load_recipe

DATA = MovieLens(
    {word: f"/nowhere/{word}.parquet" for word in ("interactions", "items", "users", "graph", "links")}, "/pictures"
)
PATHS = sorted(RECIPES.glob("*.yaml"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_recipe_is_told_in_a_sentence_and_finds_its_tables(path):
    assert ": " in about(path) and about(path).endswith(".") and not about(path).startswith("#")
    recipe = load_recipe(path, placed(path, DATA)).to_dict()
    assert all("/nowhere/" in text or "data/" not in text for text in map(str, recipe["data"]["source"].values()))
    folders = [feature["encoder"].get("folder") for feature in recipe["features"]]
    assert set(folders) <= {None, "/pictures"}


def test_recipes_with_tables_wait_for_them():
    without = {path.stem for path in PATHS if placed(path, None) is None}
    assert without == {"five_modality_shop", "kg_aware"}


def test_plots_stand_for_reviews_where_there_are_none():
    recipe = load_recipe(RECIPES / "five_modality_shop.yaml", placed(RECIPES / "five_modality_shop.yaml", DATA))
    (reviews,) = [feature for feature in recipe.features if feature.name == "reviews"]
    assert reviews.table is None and reviews.columns == ("description",)
    assert recipe.data.source.reviews is None
    assert tables_of(recipe.to_dict()).endswith("; plots of the films for reviews")


def test_a_comment_may_run_over_lines(tmp_path):
    (tmp_path / "one.yaml").write_text("# One: v. 1.2 of a\n# model.\n# Not this.\nname: one\n")
    assert about(tmp_path / "one.yaml") == "One: v. 1.2 of a model."


def test_baselines_are_recipes_of_the_same_split():
    for name in BASELINES:
        recipe = load_recipe(baseline(name))
        assert recipe.recommender.type_name() == name
        assert recipe.data == load_recipe(PATHS[0]).data


def test_a_row_shows_value_interval_and_costs(tmp_path):
    metrics = {"ndcg@10": {"mean": 0.12345, "low": 0.1, "high": 0.15}}
    source = {"type": "parquet", "interactions": "a", "items": "b", "users": None}
    report = {
        "models": [{"name": "ease"}, {"name": "tower", "metrics": metrics}],
        "recipe": {"data": {"source": source}},
    }
    row = row_of("tower", "A tower.", KeptRun(report, 12.6, 845.2, tmp_path))
    assert list(row.values()) == [
        "tower",
        "A tower.",
        "tables: interactions, items",
        "0.1235 (0.1000 to 0.1500)",
        "13",
        "845",
    ]
