"""The report: shape, numbers, page, terminal, exports."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from genre.config.recipe import RANKERS
from genre.core.progress import Cost
from genre.experiment.contest import Measure, NamedModel, Rules, hold_contest
from genre.experiment.exam import Exam
from genre.experiment.intervals import Resampling
from genre.experiment.report import Background, Report
from genre.experiment.summary import judge_models, summarize, versions
from genre.testing.data import tiny_dataset
from genre.values import Curve, Embeddings, Epoch, Insight, InsightTable, Interactions, Quarantine, Split

NAMES = ("ndcg@5", "recall@5", "precision@5", "hit_rate@5", "mrr@5", "auc@5", "coverage@5", "gini@5", "diversity@5")
NASTY = "</script><b>&"
SCORER = Path(__file__).parents[2] / "../shared/score_lists.py"


@pytest.fixture
def rules() -> Rules:
    return Rules(tuple(Measure.of(name) for name in NAMES), Resampling(100))


@pytest.fixture
def models(fitted: Any) -> list[NamedModel]:
    curve = Curve((Epoch(1, 2.0, 0.1, 1.0), Epoch(2, 1.0, None, 1.0), Epoch(3, 0.5, 0.2, 1.0)), "ndcg@10", 3)
    table = InsightTable(f"weights {NASTY}", "Shares.", pl.DataFrame({"modality": [NASTY], "weight": [0.25]}))
    insight = Insight({"recency": f"half-life {NASTY}"}, {"": curve, "inner": curve}, (table,))
    rankers = (RANKERS.build("exclude_seen"),)
    return [
        NamedModel("first", fitted(0), Cost(1.5, 100.0), rankers),
        NamedModel(NASTY, fitted(1, insight), Cost(2.5, 1e6), rankers),
    ]


@pytest.fixture
def report(models: list[NamedModel], rules: Rules, split: Split, vectors: Embeddings) -> Report:
    catalog = tiny_dataset().catalog
    named = replace(catalog, items=catalog.items.with_columns(pl.lit(NASTY).alias("title")))
    background = Background(
        f"tiny {NASTY}",
        {"name": NASTY},
        {},
        (Quarantine("items", f"no {NASTY}", pl.DataFrame({"row": [1, 2]})),),
        3,
        versions(),
    )
    return judge_models(models, Exam.of(split, named, vectors=vectors), rules, background)


def test_json_has_the_documented_shape(report: Report) -> None:
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert document["recipe"] == {"name": NASTY}
    assert document["split"] == {"type": "leave_one_out", "seed": 42, "folds": 1}
    assert (document["n_users"], document["n_items"], document["n_test_users"]) == (36, 24, 36)
    for model in document["models"]:
        assert set(model) == {"name", "metrics", "buckets", "fit_seconds", "recommend_seconds", "peak_mib", "insights"}
        assert tuple(model["metrics"]) == NAMES
        for value in model["metrics"].values():
            assert set(value) == {"mean", "low", "high"}
    assert document["models"][1]["peak_mib"] == 1e6
    (comparison,) = document["comparisons"]
    assert set(comparison) == {"a", "b", "metric", "difference", "low", "high", "p", "p_holm"}
    assert {comparison["a"], comparison["b"]} == {"first", NASTY}


def test_intervals_hold_the_means_and_buckets_make_up_the_whole(report: Report) -> None:
    for model in report.models:
        for name, value in model.metrics.items():
            assert value.mean is not None
            if not name.startswith(("coverage", "gini")):
                assert value.low is not None
                assert value.high is not None
                assert value.low < value.mean < value.high
        for kind in ("history", "popularity"):
            parts = [bucket for bucket in model.buckets if bucket.kind == kind]
            assert sum(part.n_users for part in parts) == 36
            whole = sum(part.n_users * (part.metrics["ndcg@5"].mean or 0.0) for part in parts) / 36
            assert whole == pytest.approx(model.metrics["ndcg@5"].mean)


def test_table_has_a_row_per_model(report: Report) -> None:
    assert report.table["model"].to_list() == ["first", NASTY]
    assert report.table["ndcg@5"][1] == report.models[1].metrics["ndcg@5"].mean
    assert report.table["fit_seconds"].to_list() == [1.5, 2.5]
    assert report.intervals.height == 2 * len(NAMES)


def test_all_folds_count(models: list[NamedModel], rules: Rules, split: Split) -> None:
    """Two folds with other test users: means over all rows, users and costs added up."""
    catalog, some = tiny_dataset().catalog, split.test.user_rows < 10
    exams = [
        Exam.of(replace(split, test=split.test.take(mask), fold=fold), catalog)
        for fold, mask in enumerate((some, ~some))
    ]
    rounds = [hold_contest(models, exam, rules) for exam in exams]
    both = summarize(rounds, rules, Background())
    parts = [summarize([played], rules, Background()) for played in rounds]
    assert both.scale.n_folds == 2
    assert both.scale.n_test_users == len(split.test)
    assert both.models[0].fit.seconds == 3.0
    weights = [part.scale.n_test_users for part in parts]
    means = [part.models[0].metrics["ndcg@5"].mean for part in parts]
    assert both.models[0].metrics["ndcg@5"].mean == pytest.approx(np.average(means, weights=weights))


class Page(HTMLParser):
    """Collects what a browser would load or run, and tags by name."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]


def test_page_is_self_contained_and_escaped(report: Report, tmp_path: Path) -> None:
    path = report.to_html(tmp_path / "deep" / "report.html")
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.loads == []
    assert page.tags.count("script") == 3
    assert "b" not in page.tags
    assert "Plotly.newPlot" in text
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.S).group(1))  # type: ignore[union-attr]
    assert all(text.count(f'<div id="{name}"></div>') == 1 for name in figures)
    traces = figures["plot0"]["data"]
    assert len(traces) == len(NAMES)
    assert traces[0]["x"] == [model.metrics["ndcg@5"].mean for model in report.models]
    ends = np.array(traces[0]["x"]) + np.array(traces[0]["error_x"]["array"])
    np.testing.assert_allclose(ends, [model.metrics["ndcg@5"].high for model in report.models])
    headings = re.findall(r"<h2>(.*?)</h2>", text)
    assert {
        "Models",
        "Metrics",
        "Who gets the places",
        "Training",
        "What the models chose",
        "What the models learned",
        "Examples",
        "Data and versions",
    } <= set(headings)
    assert [entry.name for entry in tmp_path.rglob("*")] == ["deep", "report.html"]


def test_examples_show_history_truth_and_hits(report: Report, split: Split) -> None:
    exam = report.rounds[0].exam
    assert len(report.examples) == 4
    assert sorted(example.n_history for example in report.examples)[0] < 8
    for example in report.examples:
        user = int(exam.catalog.user_vocabulary.rows([example.user_id])[0])
        place = int(np.flatnonzero(exam.user_rows == user)[0])
        assert example.n_history == len(exam.histories[place])
        for shown, outcome in zip(example.lists, report.rounds[0].outcomes, strict=True):
            assert [it.is_hit for it in shown.items] == outcome.judgement.hits[place].tolist()


def test_terminal_fits_its_width(report: Report) -> None:
    console = Console(width=80, record=True, force_terminal=False)
    with console.capture() as caught:
        report.to_terminal(console)
    text = caught.get()
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert f"{report.models[0].metrics['ndcg@5'].mean:.4f}" in text
    assert "2 rows set aside, 3 below the rating threshold" in text


def test_exposure_of_even_and_uneven_lists() -> None:
    from genre.experiment.exposure import Exposure

    even = Exposure.of(np.full(50, 3), np.arange(50))
    np.testing.assert_allclose(even.items, even.places, atol=1e-12)
    head = Exposure.of(np.array([9, 0, 0, 0]), np.array([5, 1, 1, 1]))
    assert head.places[25] == pytest.approx(1.0)


@pytest.fixture
def repeating(split: Split) -> Split:
    """A split whose test part holds several items of some users, also some that they touched in training."""
    chosen = np.random.default_rng(3).choice(len(split.train), 30, replace=False)
    return replace(split, test=Interactions.concat([split.test, split.train.take(chosen)]))


def test_exports_give_the_same_means_again(
    models: list[NamedModel], rules: Rules, repeating: Split, tmp_path: Path
) -> None:
    """Worked out anew from the two files alone, row by row."""
    report = judge_models(models, Exam.of(repeating, tiny_dataset().catalog), rules, Background())
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "mine.txt").write_text("stays")
    lists, folder = report.write_lists(tmp_path / "lists.parquet"), report.write_split(tmp_path / "parts")
    assert {file.name for file in folder.iterdir()} == {"train.parquet", "valid.parquet", "test.parquet", "mine.txt"}
    assert pl.read_parquet(lists).columns == ["model", "user_id", "item_id", "rank", "score"]
    truth = pl.read_parquet(folder / "test.parquet").select("user_id", "item_id").unique()
    for model in report.models:
        mine = pl.read_parquet(lists).filter(pl.col("model") == model.name)
        ndcg, recall, mrr = [], [], []
        for user in truth["user_id"].unique():
            items = mine.filter(pl.col("user_id") == user).sort("rank")["item_id"].to_list()
            relevant = set(truth.filter(pl.col("user_id") == user)["item_id"])
            gains = [item in relevant for item in items]
            ideal = sum(1 / np.log2(rank + 2) for rank in range(min(5, len(relevant))))
            ndcg.append(sum(hit / np.log2(rank + 2) for rank, hit in enumerate(gains)) / ideal)
            recall.append(sum(gains) / len(relevant))
            mrr.append(1 / (gains.index(True) + 1) if any(gains) else 0.0)
        for name, values in (("ndcg@5", ndcg), ("recall@5", recall), ("mrr@5", mrr)):
            assert model.metrics[name].mean == pytest.approx(np.mean(values), abs=1e-12)


@pytest.mark.skipif(
    not SCORER.exists(), reason="the separate scorer lies beside the repository only where it is shared"
)
def test_a_separate_scorer_agrees(models: list[NamedModel], rules: Rules, repeating: Split, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("score_lists", SCORER)
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    report = judge_models(models, Exam.of(repeating, tiny_dataset().catalog), rules, Background())
    lists = pl.read_parquet(report.write_lists(tmp_path / "lists.parquet"))
    for model in report.models:
        found = scorer.score(repeating.to_frame(), lists.filter(pl.col("model") == model.name), [5])
        for metric in ("ndcg@5", "recall@5", "precision@5", "hit_rate@5", "mrr@5"):
            assert model.metrics[metric].mean == pytest.approx(found[metric], abs=1e-9)
        assert not any(found["faults"].values())


def test_folds_are_exported_apart(models: list[NamedModel], rules: Rules, split: Split, tmp_path: Path) -> None:
    exams = [Exam.of(replace(split, fold=fold), tiny_dataset().catalog) for fold in range(2)]
    report = summarize([hold_contest(models, exam, rules) for exam in exams], rules, Background())
    assert set(pl.read_parquet(report.write_lists(tmp_path / "l.parquet"))["fold"]) == {0, 1}
    report.write_split(tmp_path / "parts")
    assert pl.read_parquet(tmp_path / "parts" / "fold_1" / "test.parquet").height == len(split.test)


def test_two_models_of_one_name_are_refused(models: list[NamedModel], rules: Rules, split: Split) -> None:
    with pytest.raises(ValueError, match="own name"):
        hold_contest([models[0], models[0]], Exam.of(split, tiny_dataset().catalog), rules)


@pytest.mark.parametrize(("name", "samples"), [("coverage@5", 100), ("ndcg@5", 0)])
def test_a_report_without_intervals(
    models: list[NamedModel], split: Split, tmp_path: Path, name: str, samples: int
) -> None:
    rules = Rules((Measure.of(name),), Resampling(samples))
    report = judge_models(models[:1], Exam.of(split, tiny_dataset().catalog), rules, Background())
    assert report.comparisons == ()
    assert report.models[0].metrics[name].low is None
    assert report.to_json()["models"][0]["metrics"][name]["mean"] > 0
    assert report.to_html(tmp_path / "report.html").exists()
    report.to_terminal(Console(file=(tmp_path / "out").open("w"), width=60))
