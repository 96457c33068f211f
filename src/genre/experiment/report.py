"""What came out of an experiment, as table, JSON, terminal table and HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from genre.core.progress import Cost
from genre.experiment.compare import Comparison
from genre.experiment.contest import Round
from genre.experiment.examples import Example
from genre.experiment.exposure import Exposure
from genre.experiment.intervals import Estimate
from genre.values import Insight, Quarantine, columns

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Bucket:
    """How a model did for some of the users: `kind` is how they were divided, `name` which of them these are."""

    kind: str
    name: str
    n_users: int
    metrics: Mapping[str, Estimate]


@dataclass(frozen=True, eq=False)
class ModelResult:
    """One model's line.

    Attributes:
        fit, recommend: cost of fitting and of making the lists, seconds summed over folds.
        insights: what the model found out while it learned, one per fold.
        exposure: how the places in the lists are shared out.
    """

    name: str
    metrics: Mapping[str, Estimate]
    buckets: tuple[Bucket, ...] = ()
    fit: Cost = field(default_factory=Cost)
    recommend: Cost = field(default_factory=Cost)
    insights: tuple[Insight, ...] = ()
    exposure: Exposure = field(default_factory=Exposure)

    @property
    def peak_mib(self) -> float:
        """Peak memory of the process until the lists of this model were made, MiB."""
        return max(self.fit.peak_mib, self.recommend.peak_mib)

    def to_json(self) -> dict[str, Any]:
        buckets: dict[str, dict[str, Any]] = {}
        for bucket in self.buckets:
            metrics = {name: estimate.to_json() for name, estimate in bucket.metrics.items()}
            buckets.setdefault(bucket.kind, {})[bucket.name] = {"n_users": bucket.n_users, "metrics": metrics}
        return {
            "name": self.name,
            "metrics": {name: estimate.to_json() for name, estimate in self.metrics.items()},
            "buckets": buckets,
            "fit_seconds": self.fit.seconds,
            "recommend_seconds": self.recommend.seconds,
            "peak_mib": self.peak_mib,
            "insights": [insight.to_json() for insight in self.insights],
        }


@dataclass(frozen=True)
class Background:
    """What the numbers stand on.

    Attributes:
        recipe: as plain values.
        compared: all recipes of a comparison, by the name of their model; empty where one recipe is judged.
        quarantine: rows set aside while reading.
        n_below_threshold: interactions left out for their rating.
        versions: of the packages that matter.
    """

    name: str = "experiment"
    recipe: Mapping[str, Any] = field(default_factory=dict)
    compared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quarantine: tuple[Quarantine, ...] = ()
    n_below_threshold: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """How much data there is and how it was divided.

    Attributes:
        seed: the split's, or that of all else where it has none.
        n_candidates: items that could be listed, the most of any fold.
        n_repeats: judged interactions with an item that the user had touched before, of `n_judged`.
    """

    split: str
    seed: int
    n_folds: int
    n_users: int
    n_items: int
    n_train: int
    n_test_users: int
    n_candidates: int = 0
    n_judged: int = 0
    n_repeats: int = 0


@dataclass(frozen=True, eq=False)
class Report:
    """An experiment's result.

    Attributes:
        models: in the order in which they were judged.
        comparisons: all pairs of models, by the first metric that has a value per user.
        rounds: lists and parts of each fold, for `write_lists` and `write_split`.
        confidence: coverage of all intervals.
    """

    background: Background
    scale: Scale
    models: tuple[ModelResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    examples: tuple[Example, ...] = ()
    rounds: tuple[Round, ...] = ()
    confidence: float = 0.95

    @property
    def table(self) -> pl.DataFrame:
        """A row per model: means of all metrics, seconds, memory."""
        rows = [
            {
                columns.MODEL: model.name,
                **{name: estimate.mean for name, estimate in model.metrics.items()},
                "fit_seconds": model.fit.seconds,
                "recommend_seconds": model.recommend.seconds,
                "peak_mib": model.peak_mib,
            }
            for model in self.models
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def intervals(self) -> pl.DataFrame:
        """A row per model and metric: mean, low, high."""
        rows = [
            (model.name, metric, estimate.mean, estimate.low, estimate.high)
            for model in self.models
            for metric, estimate in model.metrics.items()
        ]
        numbers = dict.fromkeys(("mean", "low", "high"), pl.Float64)
        return pl.DataFrame(rows, schema={columns.MODEL: pl.String, "metric": pl.String, **numbers}, orient="row")

    def to_json(self) -> dict[str, Any]:
        """The document that `genre evaluate --json` prints."""
        scale, background = self.scale, self.background
        return {
            "recipe": dict(background.recipe),
            **({"compared": dict(background.compared)} if background.compared else {}),
            "split": {"type": scale.split, "seed": scale.seed, "folds": scale.n_folds},
            "n_users": scale.n_users,
            "n_items": scale.n_items,
            "n_test_users": scale.n_test_users,
            "n_candidates": scale.n_candidates,
            "n_repeats": scale.n_repeats,
            "n_quarantined": sum(entry.n_rows for entry in background.quarantine),
            "models": [model.to_json() for model in self.models],
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
            "versions": dict(background.versions),
        }

    def to_html(self, path: str | Path) -> Path:
        """Write one page that needs nothing beside itself."""
        from genre.experiment._page import write_page

        return write_page(self, Path(path))

    def to_terminal(self, console: Console | None = None) -> None:
        """Print the tables."""
        from genre.experiment._terminal import print_report

        print_report(self, console)

    def write_lists(self, path: str | Path) -> Path:
        """Write the lists of all judged users as parquet: model, user_id, item_id, rank, score (fold, if several)."""
        from genre.experiment.export import write_lists

        return write_lists(self.rounds, Path(path))

    def write_split(self, folder: str | Path) -> Path:
        """Write train.parquet, valid.parquet and test.parquet into a folder (one folder per fold, if several)."""
        from genre.experiment.export import write_split

        return write_split([played.exam.split for played in self.rounds], Path(folder))
