"""A report as tables in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genre.experiment.intervals import Estimate
from genre.experiment.report import Report, Scale

N_COMPARISONS = 10
WIDTH_OF_METRIC, WIDTH_OF_COSTS = 9, 20
ACCURACY = ("recall", "precision", "f1", "hit_rate", "ndcg", "map", "mrr", "auc")


def print_report(report: Report, console: Console | None) -> None:
    """Print what was judged, the models' table and the comparisons."""
    out = console if console is not None else Console()
    out.print(escape(report.background.name), style="bold", highlight=False)
    for line in facts(report):
        out.print(escape(line), style="dim", highlight=False)
    out.print()
    for metrics in _in_chunks(report, out.width):
        out.print(models_table(report, metrics))
    if report.comparisons:
        out.print(comparisons_table(report))


def facts(report: Report) -> list[str]:
    """What the numbers stand on, in two or three sentences."""
    scale, background = report.scale, report.background
    folds = f", {scale.n_folds} folds" if scale.n_folds > 1 else ""
    n_aside = sum(entry.n_rows for entry in background.quarantine)
    lines = [
        f"Split {scale.split or 'unnamed'}, seed {scale.seed}{folds}: {scale.n_users:,} users, "
        f"{scale.n_items:,} items, {scale.n_train:,} training interactions.",
        f"{scale.n_test_users:,} users judged, {_ranked(scale)} ranked; {report.confidence:.0%} intervals over users.",
    ]
    if scale.n_repeats:
        lines.append(
            f"{scale.n_repeats:,} of {scale.n_judged:,} judged interactions repeat an item of the user's history, "
            "which lists with exclude_seen never hold."
        )
    if n_aside or background.n_below_threshold:
        lines.append(f"{n_aside:,} rows set aside, {background.n_below_threshold:,} below the rating threshold.")
    return lines


def _ranked(scale: Scale) -> str:
    if scale.n_candidates in (0, scale.n_items):
        return "all items"
    return f"the {scale.n_candidates:,} candidate items alone"


def _in_chunks(report: Report, width: int) -> list[list[str]]:
    """The metrics' names, as many at a time as go beside names and costs."""
    names = list(report.models[0].metrics)
    longest = min(max(len(model.name) for model in report.models), 20)
    size = max((width - longest - WIDTH_OF_COSTS) // WIDTH_OF_METRIC, 1)
    return [names[start : start + size] for start in range(0, len(names), size)]


def models_table(report: Report, metrics: Sequence[str]) -> Table:
    """A line per model, the best value of each accuracy metric bold, half of the interval's width below it."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("model", min_width=8)
    for name in (*(name.replace("@", "\n@") for name in metrics), "fit\ns", "lists\ns", "peak\nMiB"):
        table.add_column(name, justify="right", no_wrap=True)
    best = best_values(report)
    for model in report.models:
        cells = [_stacked(model.metrics[name], model.metrics[name].mean == best.get(name, "none")) for name in metrics]
        cost = (f"{model.fit.seconds:.1f}", f"{model.recommend.seconds:.2f}", f"{model.peak_mib:.0f}")
        table.add_row(escape(model.name), *cells, *cost)
    return table


def _stacked(value: Estimate, is_best: bool) -> str:
    if value.mean is None:
        return "-"
    mean = f"[bold]{number(value.mean)}[/bold]" if is_best else number(value.mean)
    if value.low is None or value.high is None:
        return mean
    return f"{mean}\n[dim]±{number((value.high - value.low) / 2)}[/dim]"


def comparisons_table(report: Report) -> Table:
    """The first comparisons, with intervals and corrected p."""
    metric = report.comparisons[0].metric
    title = f"\nDifferences in {metric}, paired by user"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in ("model", "against"):
        table.add_column(name)
    for name in ("difference", "p", "p (Holm)"):
        table.add_column(name, justify="right")
    for entry in report.comparisons[:N_COMPARISONS]:
        table.add_row(
            escape(entry.a), escape(entry.b), shown(entry.difference), f"{entry.p:.4f}", f"{entry.p_holm:.4f}"
        )
    left = len(report.comparisons) - N_COMPARISONS
    if left > 0:
        table.caption = f"and {left} more in the report"
    return table


def best_values(report: Report) -> dict[str, float]:
    """The largest mean of each accuracy metric; whether more novelty or coverage is better is for the reader to say."""
    best: dict[str, float] = {}
    for model in report.models:
        for name, value in model.metrics.items():
            if value.mean is not None and name.partition("@")[0] in ACCURACY:
                best[name] = max(best.get(name, value.mean), value.mean)
    return best if len(report.models) > 1 else {}


def shown(value: Estimate) -> str:
    """`0.1234 (0.1200 to 0.1270)`, a dash where there is no value."""
    if value.mean is None:
        return "-"
    if value.low is None or value.high is None:
        return number(value.mean)
    return f"{number(value.mean)} ({number(value.low)} to {number(value.high)})"


def number(value: float) -> str:
    """Four decimals below 1, two above."""
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"
