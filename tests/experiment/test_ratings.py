"""Predicted ratings are judged on the ratings of the judged part, pair by pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from genre.experiment._ratings import rated_pairs
from genre.experiment.contest import Measure, NamedModel, Rules
from genre.experiment.exam import Exam
from genre.experiment.report import Background
from genre.experiment.summary import judge_models
from genre.testing.data import tiny_dataset
from genre.values import Interactions, Split


@pytest.fixture
def repeated(split: Split) -> Split:
    """Test items that are rated twice, differently, and some without a rating."""
    again = split.test.take(np.arange(10))
    assert split.test.ratings is not None and again.ratings is not None
    again = replace(again, ratings=6 - again.ratings)
    ratings = np.where(np.arange(len(split.test)) % 7 == 0, np.nan, split.test.ratings).astype(np.float32)
    return replace(split, test=Interactions.concat([replace(split.test, ratings=ratings), again]))


def rater(model: Any) -> Any:
    """The same recommender, whose table now holds ratings of 1 to 5."""
    model.__class__ = type("Rater", (type(model),), {"predicts_ratings": True})
    model._rate = lambda histories: 1 + model.table[histories.user_rows] / 3
    return model


@pytest.mark.parametrize("block_rows", [1, 7, 1024])
def test_every_rating_of_the_test_part_counts_once(
    repeated: Split, fitted: Any, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genre.experiment.judge.BLOCK_ROWS", block_rows)
    model = rater(fitted())
    pairs = rated_pairs(model, Exam.of(repeated, tiny_dataset().catalog))
    test = repeated.test
    assert pairs is not None and test.ratings is not None
    expected = sorted(
        (float(np.float32(1 + model.table[user, item] / 3)), float(rating))
        for user, item, rating in zip(test.user_rows, test.item_rows, test.ratings, strict=True)
        if np.isfinite(rating)
    )
    found = sorted(zip(pairs.predicted.tolist(), pairs.given.tolist(), strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_report_shows_rmse_and_mae_beside_lists(repeated: Split, fitted: Any) -> None:
    raters, plain = rater(fitted(0)), fitted(1)
    rules = Rules((Measure.of("ndcg@5"), Measure.of("rmse"), Measure.of("mae")))
    exam = Exam.of(repeated, tiny_dataset().catalog)
    models = [NamedModel("rater", raters), NamedModel("plain", plain)]
    report = judge_models(models, exam, rules, Background())
    pairs = rated_pairs(raters, exam)
    assert pairs is not None
    first, second = (model.metrics for model in report.models)
    assert first["rmse"].mean == pytest.approx(root_mean_squared_error(pairs.given, pairs.predicted), rel=1e-6)
    assert first["mae"].mean == pytest.approx(mean_absolute_error(pairs.given, pairs.predicted), rel=1e-6)
    assert second["rmse"].mean is None and second["mae"].mean is None
    assert list(first) == ["ndcg@5", "rmse", "mae"]


def test_errors_alone_make_a_report(split: Split, fitted: Any, tmp_path: Any) -> None:
    exam = Exam.of(split, tiny_dataset().catalog)
    models = [NamedModel("rater", rater(fitted(0))), NamedModel("plain", fitted(1))]
    report = judge_models(models, exam, Rules((Measure.of("rmse"),)), Background())
    assert report.comparisons == ()
    assert report.to_json()["models"][1]["metrics"]["rmse"]["mean"] is None
    report.to_html(tmp_path / "report.html")
    assert "rmse" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_no_ratings_in_the_test_part_is_no_value(split: Split, fitted: Any) -> None:
    bare = replace(split, test=replace(split.test, ratings=None))
    assert rated_pairs(rater(fitted()), Exam.of(bare, tiny_dataset().catalog)) is None
    assert rated_pairs(fitted(), Exam.of(split, tiny_dataset().catalog)) is None
