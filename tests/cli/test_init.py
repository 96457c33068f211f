"""genre init as users meet it: a recipe that checks and runs, and nothing overwritten."""

import json

import pytest


def test_init_shows_what_it_recognised_and_the_next_command(genre, tables, monkeypatch):
    monkeypatch.chdir(tables)
    done = genre("init", "interactions.csv", "items.csv", "-o", "mine.yaml")
    assert done.code == 0, done.err
    assert "interactions.csv" in done.out and "user_id: user_id" in done.out and "items.csv" in done.out
    assert "genre check mine.yaml" in done.out
    assert (tables / "mine.yaml").read_text().startswith("# Drafted by genre init")


def test_the_drafted_recipe_checks_and_evaluates(genre, tables, monkeypatch):
    monkeypatch.chdir(tables)
    assert genre("init", ".", "-o", "mine.yaml").code == 0
    checked = genre("check", "mine.yaml", "--json")
    assert checked.code == 0 and json.loads(checked.out)["ok"], checked.err
    few = ("--set", "evaluation.baselines=[popularity]", "--set", "evaluation.bootstrap=20")
    done = genre("evaluate", "mine.yaml", *few, "--json")
    assert done.code == 0, done.err
    means = [model["metrics"]["ndcg@10"]["mean"] for model in json.loads(done.out)["models"]]
    assert len(means) == 2 and all(0 <= mean <= 1 for mean in means)


def test_a_recipe_that_is_there_stays_unless_forced(genre, tables):
    out = tables / "mine.yaml"
    out.write_text("mine: 1\n")
    refused = genre("init", tables / "interactions.csv", "-o", out)
    assert refused.code == 1 and "--force" in refused.err and out.read_text() == "mine: 1\n"
    assert genre("init", tables / "interactions.csv", "-o", out, "--force").code == 0
    assert "recommender:" in out.read_text()


def test_json_lists_what_was_recognised(genre, tables, tmp_path):
    done = genre("init", tables / "interactions.csv", tables / "items.csv", "-o", tmp_path / "mine.yaml", "--json")
    document = json.loads(done.out)
    assert document["recipe"] == str(tmp_path / "mine.yaml")
    assert [entry["role"] for entry in document["recognised"]] == ["interactions", "items"]


@pytest.mark.parametrize("arguments", [["init"], ["init", "a.csv", "--forse"]])
def test_wrong_usage_is_exit_code_2(genre, arguments):
    assert genre(*arguments).code == 2
