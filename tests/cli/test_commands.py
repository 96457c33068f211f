"""Commands as users meet them: exit codes, documents, files."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import polars as pl
import pytest
import yaml

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def holds(document, name):
    """The document has the shape that docs/schemas promises."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


def test_evaluate_prints_one_document_and_its_lists_score_the_same(genre, recipe, tmp_path):
    done = genre("evaluate", recipe, "--json", "--lists", tmp_path / "l.parquet", "--split-out", tmp_path / "split")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    holds(document, "evaluate")
    lists, test = pl.read_parquet(tmp_path / "l.parquet"), pl.read_parquet(tmp_path / "split" / "test.parquet")
    for model in document["models"]:
        mine = lists.filter(model=model["name"]).join(test.select("user_id", "item_id"), on=["user_id", "item_id"])
        gains = mine.filter(pl.col("rank") <= 5).select(1 / (pl.col("rank") + 1).log(2)).sum().item()
        n_users = test["user_id"].n_unique()
        assert np.isclose(model["metrics"]["ndcg@5"]["mean"], gains / n_users, atol=1e-9)


def test_evaluate_shows_a_table_and_writes_the_report(genre, recipe, tmp_path):
    done = genre("evaluate", recipe, "--report", tmp_path / "report.html")
    assert done.code == 0, done.err
    assert "ease" in done.out and "popularity" in done.out
    assert (tmp_path / "report.html").read_text().lstrip().lower().startswith("<!doctype html")


def test_compare_judges_several_recipes_on_one_split(genre, recipe, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(
        recipe.read_text().replace("name: tiny", "name: other").replace("recommender: ease", "recommender: item_knn")
    )
    done = genre("compare", recipe, other, "--json")
    assert done.code == 0, done.err
    assert [model["name"] for model in json.loads(done.out)["models"]] == ["popularity", "tiny", "other"]


def test_compare_ranks_each_recipe_its_own_way_and_keeps_all_recipes(genre, recipe, tmp_path):
    other, document = tmp_path / "other.yaml", yaml.safe_load(recipe.read_text())
    old = {"type": "filter", "column": "year", "at_most": 1985}
    other.write_text(yaml.safe_dump({**document, "name": "old", "ranking": ["exclude_seen", old]}))
    done = genre("compare", recipe, other, "--json", "--lists", tmp_path / "l.parquet")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    holds(document, "evaluate")
    assert list(document["compared"]) == ["tiny", "old"]
    years = dict(pl.read_csv(recipe.parent / "items.csv").select("item_id", "year").iter_rows())
    lists = pl.read_parquet(tmp_path / "l.parquet")
    latest = {name: max(years[id] for id in part["item_id"]) for (name,), part in lists.group_by("model")}
    assert latest["old"] <= 1985 < latest["tiny"]


def test_recipes_with_other_metrics_are_not_compared(genre, recipe, tmp_path):
    other = tmp_path / "other.yaml"
    document = yaml.safe_load(recipe.read_text())
    other.write_text(yaml.safe_dump({**document, "evaluation": {"metrics": ["mrr@3"]}}))
    done = genre("compare", recipe, other)
    assert done.code == 1
    assert "evaluation.metrics" in done.err


def test_recipes_on_other_splits_are_not_compared(genre, recipe, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(recipe.read_text().replace("splitter: leave_one_out", "splitter: temporal"))
    done = genre("compare", recipe, other)
    assert done.code == 1 and "data.splitter" in done.err and "same data and splits" in done.err


def test_fit_recommend_and_ask_for_a_stranger(genre, recipe, tmp_path):
    bundle = tmp_path / "bundle"
    done = genre("fit", recipe, "-o", bundle)
    assert done.code == 0, done.err
    assert str(bundle) in done.out
    document = json.loads(genre("recommend", bundle, "--user", "u1", "-k", "4", "--json").out)
    holds(document, "recommend")
    known = document["recommendations"]
    assert known[0]["user_id"] == "u1" and [item["rank"] for item in known[0]["items"]] == [1, 2, 3, 4]
    stranger = genre("recommend", bundle, "--history", "i1,i4", "-k", "3")
    assert stranger.code == 0 and "history 1" in stranger.out
    profiled = genre("recommend", bundle, "--profile", '{"age": 30}')
    assert profiled.code == 1 and "no column 'age'" in profiled.err
    assert genre("recommend", bundle, "--profile", "age 30").code == 2
    assert not list(tmp_path.glob(".*checkpoints"))


def test_wrong_usage_is_2_and_a_fault_is_1(genre, recipe, tmp_path):
    assert genre("recommend", tmp_path).code == 2
    assert genre("evaluate").code == 2
    missing = genre("evaluate", tmp_path / "none.yaml")
    assert missing.code == 1 and "no such file" in missing.err and "Traceback" not in missing.err


def test_components_lists_every_slot(genre):
    listed = json.loads(genre("components", "--json").out)
    assert "ease" in listed["recommenders"] and "transformer" in listed["encoders"]
    assert all(summary for words in listed.values() for summary in words.values())
    assert "Did you mean 'encoders'" in genre("components", "encoder").err


def test_the_schema_is_written_for_editors(genre, tmp_path):
    assert genre("schema", "-o", tmp_path / "schema.json").code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads((tmp_path / "schema.json").read_text()))


def test_help_is_light():
    code = "import sys, genre.cli.main; print(sorted({'torch', 'transformers', 'polars', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bad_rows_are_counted_shown_and_kept_in_a_file(genre, recipe, tables):
    with (tables / "interactions.csv").open("a") as file:
        file.write("u1,i3,five,1000\n,i3,4.0,1000\n")
    done = genre("evaluate", recipe, "--json")
    assert done.code == 0, done.err
    kept = pl.read_ndjson(tables / "tiny.quarantine.jsonl")
    assert "2 rows set aside" in done.err and len(kept) == 2
    assert json.loads(done.out)["n_quarantined"] == 2


def test_check_speaks_in_its_schema(genre, recipe):
    done = genre("check", recipe, "--json")
    document = json.loads(done.out)
    holds(document, "check")
    assert document["ok"] is (done.code == 0)


def test_export_writes_a_bundle_that_answers_and_one_document(genre, recipe, tmp_path):
    pytest.importorskip("onnxruntime")
    assert genre("fit", recipe, "-o", tmp_path / "fitted").code == 0
    done = genre(
        "export", tmp_path / "fitted", "-o", tmp_path / "out", "--vectors", "int8", "--recipe", recipe, "--json"
    )
    assert done.code == 0, done.err
    document = json.loads(done.out)
    holds(document, "export")
    assert document["accuracy"]["ndcg"]["after"] == pytest.approx(document["accuracy"]["ndcg"]["before"])
    assert "fitted without it" in document["accuracy"]["judged"]
    shown = genre("recommend", tmp_path / "out", "--history", "i1,i2", "-k", "3", "--json")
    assert len(json.loads(shown.out)["recommendations"][0]["items"]) == 3
    again = genre("export", tmp_path / "out", "-o", tmp_path / "twice")
    assert again.code == 1 and "is exported already" in again.err
    assert not (tmp_path / "twice").exists()


def test_export_shows_a_table(genre, recipe, tmp_path):
    pytest.importorskip("onnxruntime")
    assert genre("fit", recipe, "-o", tmp_path / "fitted").code == 0
    done = genre("export", tmp_path / "fitted", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert "NDCG@10" in done.out and "size on disk" in done.out and "Starts without torch" in done.out
