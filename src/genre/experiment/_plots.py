"""The plots of the report page, as plotly figures that go with a light and a dark page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genre.experiment.intervals import Estimate
from genre.experiment.report import ModelResult, Report
from genre.values import Curve

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1", "#999999")
INK, GRID = "#808890", "rgba(128,136,144,0.25)"
PANELS_IN_ROW = 3
DASHES = ("dash", "dashdot", "longdash", "dot")


@dataclass(frozen=True, eq=False)
class Plot:
    """A figure with what it shows in a heading and a sentence."""

    heading: str
    caption: str
    figure: Figure


def plots(report: Report) -> list[Plot]:
    """All plots for which there is something to show."""
    primary = next((name for bucket in report.models[0].buckets for name in bucket.metrics), None)
    found = [Plot("Metrics", f"Means over users with {report.confidence:.0%} intervals.", _metrics(report.models))]
    for kind, heading, caption in (
        ("history", "By length of the history", "Users by how many items they had touched; 0 is a user never seen."),
        (
            "popularity",
            "By popularity of what came next",
            "Users by their test item: a third of training went to the head, a third to the tail, none to cold items.",
        ),
    ):
        names = list(dict.fromkeys(b.name for model in report.models for b in model.buckets if b.kind == kind))
        if primary is not None and len(names) > 1:
            found.append(Plot(f"{heading}: {primary}", caption, _buckets(report.models, kind, names, primary)))
    found.append(
        Plot(
            "Who gets the places",
            "Items from the most to the least popular, and the share of all listed places that go to them. "
            "The closer a line is to the diagonal, the further down the long tail the lists reach.",
            _exposure(report.models),
        )
    )
    runs = _runs(report.models)
    if runs:
        found.append(Plot("Training", "Loss and validation metric after each epoch.", _training(runs)))
    return found


def _metrics(models: Sequence[ModelResult]) -> Figure:
    names = list(models[0].metrics)
    columns = min(len(names), PANELS_IN_ROW)
    rows = -(-len(names) // columns)
    figure = _panels(rows, columns, names, shared_yaxes=True)
    labels = [model.name for model in models]
    for place, name in enumerate(names):
        values = [model.metrics[name] for model in models]
        trace = {
            "type": "scatter",
            "mode": "markers",
            "x": [value.mean for value in values],
            "y": labels,
            "error_x": _bars(values),
            "marker": {"size": 9, "color": [_color(i) for i in range(len(models))]},
            "showlegend": False,
        }
        figure.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return _dressed(figure, rows * (100 + 24 * len(models)) + 40)


def _buckets(models: Sequence[ModelResult], kind: str, names: Sequence[str], metric: str) -> Figure:
    figure = _panels(1, 1, ())
    for place, model in enumerate(models):
        buckets = {bucket.name: bucket for bucket in model.buckets if bucket.kind == kind}
        values = [buckets[name].metrics[metric] for name in names]
        figure.add_trace(
            {
                "type": "bar",
                "name": _text(model.name),
                "x": [f"{name}<br>{buckets[name].n_users:,} users" for name in names],
                "y": [value.mean for value in values],
                "error_y": _bars(values),
                "marker": {"color": _color(place)},
            }
        )
    figure.update_layout(barmode="group")
    figure.update_xaxes(type="category")
    return _dressed(figure, 340)


def _exposure(models: Sequence[ModelResult]) -> Figure:
    figure = _panels(1, 1, ())
    for place, model in enumerate(models):
        figure.add_trace(
            {
                "type": "scatter",
                "mode": "lines",
                "name": _text(model.name),
                "x": list(model.exposure.items),
                "y": list(model.exposure.places),
                "line": {"color": _color(place)},
            }
        )
    even = {"color": INK, "dash": "dot", "width": 1}
    figure.add_trace({"type": "scatter", "mode": "lines", "name": "all alike", "x": [0, 1], "y": [0, 1], "line": even})
    figure.update_xaxes(title="share of the items, most popular first", tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title="share of the places", tickformat=".0%", range=[0, 1.02])
    return _dressed(figure, 380)


@dataclass(frozen=True, eq=False)
class _Run:
    """One training run of a model, or of a part of it."""

    name: str
    curve: Curve
    color: str
    is_first_fold: bool


def _runs(models: Sequence[ModelResult]) -> list[_Run]:
    found = []
    for place, model in enumerate(models):
        for fold, insight in enumerate(model.insights):
            for part, curve in insight.curves.items():
                words = _text(f"{model.name} {part}".strip())
                name = f"{words}, fold {fold}" if len(model.insights) > 1 else words
                found.append(_Run(name, curve, _color(place), fold == 0))
    return found


def _training(runs: Sequence[_Run]) -> Figure:
    """Loss and validation metric, and beside them the alignments' part of the loss where there are any."""
    aligned = [run for run in runs if any(entry.parts for entry in run.curve.epochs)]
    titles = ("loss", runs[0].curve.metric or "validation", *(["alignment losses, weighted"] if aligned else []))
    figure = _panels(1, len(titles), titles)
    for run in runs:
        line = {"color": run.color, "dash": "solid" if run.is_first_fold else "dot"}
        epochs = run.curve.epochs
        measured = [entry for entry in epochs if entry.value is not None]
        trace = {"type": "scatter", "mode": "lines", "name": run.name, "line": line, "legendgroup": run.name}
        losses = {"x": [entry.epoch for entry in epochs], "y": [entry.loss for entry in epochs]}
        values = {"x": [entry.epoch for entry in measured], "y": [entry.value for entry in measured]}
        figure.add_trace({**trace, **losses}, row=1, col=1)
        figure.add_trace({**trace, **values, "mode": "lines+markers", "showlegend": False}, row=1, col=2)
    for run in aligned:
        for trace in _alignments(run):
            figure.add_trace(trace, row=1, col=3)
    figure.update_xaxes(title="epoch")
    return _dressed(figure, 340)


def _alignments(run: _Run) -> Iterator[dict[str, Any]]:
    """A line per part of the loss after the first, which is that of recommending."""
    epochs = [entry for entry in run.curve.epochs if entry.parts]
    for place, part in enumerate(list(epochs[0].parts)[1:]):
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": f"{run.name}: {_text(part)}",
            "x": [entry.epoch for entry in epochs],
            "y": [entry.parts[part] for entry in epochs],
            "line": {"color": run.color, "dash": DASHES[place % len(DASHES)]},
        }


def _panels(rows: int, columns: int, titles: Sequence[str], shared_yaxes: bool = False) -> Figure:
    from plotly.subplots import make_subplots

    spacing = {"vertical_spacing": 0.45 / rows, "horizontal_spacing": 0.05 if shared_yaxes else 0.1}
    return make_subplots(rows, columns, subplot_titles=list(titles) or None, shared_yaxes=shared_yaxes, **spacing)


def _dressed(figure: Figure, height: int) -> Figure:
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 60, "r": 20, "t": 40, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 12},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        hoverlabel={"namelength": -1},
    )
    figure.update_annotations(font={"color": INK, "size": 13})
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID)
    return figure


def _bars(values: Sequence[Estimate]) -> dict[str, Any]:
    """Error bars from interval limits; none where there is no interval."""

    def length(end: float | None, mean: float | None) -> float:
        return 0.0 if end is None or mean is None else abs(end - mean)

    return {
        "type": "data",
        "symmetric": False,
        "array": [length(value.high, value.mean) for value in values],
        "arrayminus": [length(value.low, value.mean) for value in values],
        "color": INK,
        "thickness": 1.2,
    }


def _color(place: int) -> str:
    return COLORS[place % len(COLORS)]


def _text(name: str) -> str:
    """A name that plotly shows as it is: it reads a few HTML tags."""
    return name.replace("&", "&amp;").replace("<", "&lt;")
