"""genre check as users meet it: what passed on standard output, faults on standard error, one document with --json."""

import json

import polars as pl


def test_a_healthy_recipe_passes_and_says_what_is_next(genre, recipe):
    done = genre("check", recipe)
    assert done.code == 0, done.err
    assert done.out.startswith("PASS") and "FAIL" not in done.out
    assert "recommenders that make sense here" in done.out
    assert f"genre evaluate {recipe}" in done.out


def test_faults_go_to_standard_error_with_their_mends(genre, recipe):
    done = genre("check", recipe, "--set", "features.0.columns=[tekst]")
    assert done.code == 1
    assert "FAIL  features.0.columns: the items table has no column 'tekst'." in done.err
    assert "Did you mean 'text'?" in done.err
    assert "FAIL" not in done.out and "PASS" in done.out and "Next" not in done.out


def test_the_document_has_every_finding(genre, recipe):
    done = genre("check", recipe, "--set", "features.0.columns=[tekst]", "--json")
    document = json.loads(done.out)
    assert done.code == 1 and document["ok"] is False
    assert {"PASS", "FAIL"} <= {finding["level"] for finding in document["findings"]}


def test_rows_set_aside_are_shown_and_kept(genre, tables, recipe, tmp_path):
    path = tables / "interactions.csv"
    frame = pl.read_csv(path)
    frame.with_columns(user_id=pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise("user_id")).write_csv(path)
    done = genre("check", recipe, "--quarantine", tmp_path / "bad.jsonl")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "WARN interactions, row 6: 1 rows" in said and "user id is missing" in said and "e.g. row: 6" in said
    assert "1 rows set aside" in said
    assert pl.read_ndjson(tmp_path / "bad.jsonl")["reason"].to_list() == ["user id is missing"]
