"""A report as one HTML page that needs nothing beside itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

import polars as pl
import yaml

from genre.core.artifacts import replacing
from genre.experiment._plots import Plot, plots
from genre.experiment._terminal import best_values, facts, number
from genre.experiment.examples import Example, ShownList
from genre.experiment.intervals import Estimate
from genre.experiment.report import Report
from genre.values import InsightTable


def write_page(report: Report, path: Path) -> Path:
    """Write the page in one step."""
    page = render(report)
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def render(report: Report) -> str:
    """The page; every text that comes from data is escaped."""
    from plotly.offline import get_plotlyjs

    drawn = plots(report)
    template = resources.files("genre.experiment").joinpath("_page.html").read_text(encoding="utf-8")
    recipe = yaml.safe_dump(dict(report.background.recipe), sort_keys=False, allow_unicode=True)
    return Template(template).substitute(
        title=escape(report.background.name),
        facts="".join(f"<p>{escape(line)}</p>" for line in facts(report)),
        models=_models(report),
        comparisons=_comparisons(report),
        insights=_insights(report),
        plots="".join(_section(place, plot) for place, plot in enumerate(drawn)),
        examples="".join(_example(example) for example in report.examples),
        quarantine=_quarantine(report),
        versions=escape(", ".join(f"{name} {version}" for name, version in report.background.versions.items())),
        recipe=escape(recipe),
        figures=_figures(drawn),
        plotly=get_plotlyjs(),
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], n_texts: int = 1) -> str:
    """A table of ready cells; the first `n_texts` columns are text."""

    def cells(tag: str, row: Sequence[str]) -> str:
        kinds = [' class="text"' if place < n_texts else "" for place in range(len(row))]
        shown = [
            cell if cell.startswith("<td") else f"<{tag}{kind}>{cell}</{tag}>"
            for kind, cell in zip(kinds, row, strict=True)
        ]
        return f"<tr>{''.join(shown)}</tr>"

    return (
        f"<table><thead>{cells('th', head)}</thead><tbody>{''.join(cells('td', row) for row in rows)}</tbody></table>"
    )


def _models(report: Report) -> str:
    best = best_values(report)
    head = ["model", *map(escape, report.models[0].metrics), "fit, s", "lists, s", "peak, MiB"]
    rows = [
        [
            escape(model.name),
            *(
                _cell(value, value.mean is not None and value.mean == best.get(name))
                for name, value in model.metrics.items()
            ),
            f"{model.fit.seconds:.1f}",
            f"{model.recommend.seconds:.2f}",
            f"{model.peak_mib:,.0f}",
        ]
        for model in report.models
    ]
    return _table(head, rows)


def _cell(value: Estimate, is_best: bool = False) -> str:
    mark = ' class="best"' if is_best else ""
    if value.mean is None:
        return "<td>-</td>"
    if value.low is None or value.high is None:
        return f"<td{mark}>{number(value.mean)}</td>"
    return f"<td{mark}>{number(value.mean)}<small>{number(value.low)} to {number(value.high)}</small></td>"


def _comparisons(report: Report) -> str:
    if not report.comparisons:
        return ""
    rows = [
        [escape(one.a), escape(one.b), _cell(one.difference), f"{one.p:.4f}", f"{one.p_holm:.4f}"]
        for one in report.comparisons
    ]
    return (
        f"<h2>Differences in {escape(report.comparisons[0].metric)}</h2>"
        "<p>Paired by user: mean difference with its interval, the chance of one as large between equal models "
        "(sign-flip test), and that chance corrected for the number of comparisons (Holm).</p>"
        f'<div class="scroll">{_table(["model", "against", "difference", "p", "p (Holm)"], rows, 2)}</div>'
    )


def _section(place: int, plot: Plot) -> str:
    return f'<h2>{escape(plot.heading)}</h2><p>{escape(plot.caption)}</p><div id="plot{place}"></div>'


def _figures(drawn: Sequence[Plot]) -> str:
    document = {f"plot{place}": json.loads(plot.figure.to_json()) for place, plot in enumerate(drawn)}
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")


def _example(example: Example) -> str:
    length = f"last {len(example.history)} of {example.n_history}" if example.history else "no history"
    columns = [
        f"<div><h4>touched before ({length})</h4><ul>{_items(example.history)}</ul></div>",
        f'<div><h4>touched next</h4><ul class="hit">{_items(example.truth)}</ul></div>',
        *map(_list, example.lists),
    ]
    return (
        f'<div class="example"><h3>User {escape(example.user_id)}</h3>'
        f'<div class="columns">{"".join(columns)}</div></div>'
    )


def _list(shown: ShownList) -> str:
    mark = {True: ' class="hit"', False: ""}
    items = "".join(f"<li{mark[it.is_hit]}>{escape(it.title)}</li>" for it in shown.items)
    return f"<div><h4>{escape(shown.model)}</h4><ol>{items}</ol></div>"


def _items(titles: Sequence[str]) -> str:
    return "".join(f"<li>{escape(title)}</li>" for title in titles)


def _insights(report: Report) -> str:
    """What the models chose on validation users and what else they have to show, of the first fold."""
    found = [(model.name, model.insights[0]) for model in report.models if model.insights]
    choices = [
        [escape(name), escape(what), escape(text)] for name, insight in found for what, text in insight.choices.items()
    ]
    tables = "".join(_insight_table(name, table) for name, insight in found for table in insight.tables)
    chosen = (
        "<h2>What the models chose</h2><p>On validation users, never on those judged here.</p>"
        f'<div class="scroll">{_table(["model", "what", "choice"], choices, 3)}</div>'
    )
    return (chosen if choices else "") + (f"<h2>What the models learned</h2>{tables}" if tables else "")


def _insight_table(model: str, table: InsightTable) -> str:
    n_texts = sum(dtype == pl.String for dtype in table.rows.dtypes)
    rows = [
        ["-" if cell is None else number(cell) if isinstance(cell, float) else escape(str(cell)) for cell in row]
        for row in table.rows.iter_rows()
    ]
    return (
        f"<h3>{escape(model)}: {escape(table.title)}</h3><p>{escape(table.caption)}</p>"
        f'<div class="scroll">{_table([escape(name) for name in table.rows.columns], rows, n_texts)}</div>'
    )


def _quarantine(report: Report) -> str:
    below = report.background.n_below_threshold
    text = f"<p>{below:,} interactions were below the rating threshold.</p>" if below else ""
    if not report.background.quarantine:
        return text + "<p>No row was set aside while reading.</p>"
    rows = [[escape(q.table), escape(q.reason), f"{q.n_rows:,}"] for q in report.background.quarantine]
    return text + "<p>Rows set aside while reading:</p>" + _table(["table", "reason", "rows"], rows, 2)
