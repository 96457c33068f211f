"""The Grafana dashboard, from a table of panels.

python deploy/grafana/dashboard.py > deploy/grafana/dashboards/genre.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

WHO = 'tenant=~"$tenant"'
ROUTE = f'route=~"$route", {WHO}'
SOURCE = {"type": "prometheus", "uid": "${source}"}
HEIGHT, WIDTH, ACROSS = 7, 6, 24


@dataclass(frozen=True)
class Panel:
    """Attributes:
    lines: PromQL, and what the legend calls it.
    is_figure: one number instead of lines over time.
    """

    title: str
    unit: str
    lines: tuple[tuple[str, str], ...]
    says: str = ""
    is_figure: bool = False


def rate(metric: str, by: str, which: str = WHO) -> str:
    return f"sum by ({by}) (rate({metric}{{{which}}}[$__rate_interval]))"


def quantile(share: float, metric: str, by: str, which: str = WHO) -> str:
    return f"histogram_quantile({share}, {rate(metric, f'{by}, le', which)})"


def now(title: str, unit: str, metric: str, join: str, says: str = "") -> Panel:
    return Panel(title, unit, ((f"{join} by (tenant) ({metric}{{{WHO}}})", "{{tenant}}"),), says)


ROWS: dict[str, tuple[Panel, ...]] = {
    "At a glance": (
        Panel("Up", "short", (('sum(up{job="genre"})', "instances"),), "Instances that answer Prometheus.", True),
        Panel("Requests", "reqps", ((f"sum(rate(genre_requests_total{{{ROUTE}}}[$__rate_interval]))", ""),), "", True),
        Panel(
            "p99 of lists",
            "s",
            (
                (
                    quantile(
                        0.99,
                        "genre_request_seconds_bucket",
                        "job",
                        f'route=~".*(recommend|similar|search|rank).*", {WHO}',
                    ),
                    "",
                ),
            ),
            "",
            True,
        ),
        Panel(
            "Failed",
            "percentunit",
            (
                (
                    f'sum(rate(genre_requests_total{{status=~"5..", {WHO}}}[$__rate_interval]))'
                    f" / sum(rate(genre_requests_total{{{WHO}}}[$__rate_interval]))",
                    "",
                ),
            ),
            "Share of requests that are answered with 5xx.",
            True,
        ),
    ),
    "Answers": (
        Panel("Requests by route", "reqps", ((rate("genre_requests_total", "route", ROUTE), "{{route}}"),)),
        Panel("Requests by status", "reqps", ((rate("genre_requests_total", "status", ROUTE), "{{status}}"),)),
        Panel(
            "Latency",
            "s",
            tuple(
                (quantile(share, "genre_request_seconds_bucket", "job", ROUTE), name)
                for share, name in ((0.5, "half"), (0.95, "95 of 100"), (0.99, "99 of 100"))
            ),
        ),
        Panel("p99 by route", "s", ((quantile(0.99, "genre_request_seconds_bucket", "route", ROUTE), "{{route}}"),)),
        Panel("Lists", "reqps", ((rate("genre_lists_total", "kind"), "{{kind}}"),)),
        Panel(
            "What filled lists up",
            "reqps",
            ((rate("genre_lists_total", "fallback"), "{{fallback}}"),),
            "none: the model alone. popular: nothing is known of the user. filled: the model knew too few items."
            " seen: even items that the user touched.",
        ),
        Panel(
            "Short and empty lists",
            "reqps",
            (
                (rate("genre_short_lists_total", "kind"), "short {{kind}}"),
                (rate("genre_empty_lists_total", "kind"), "empty {{kind}}"),
            ),
            "Filters leave fewer items than were asked for.",
        ),
        Panel(
            "Lists while something is away",
            "reqps",
            ((rate("genre_away_lists_total", "kind"), "{{kind}}"),),
            "Made from what was known before, as the store or Redis did not answer.",
        ),
    ),
    "Events": (
        Panel("Events", "cps", ((rate("genre_events_total", "known"), "known before: {{known}}"),)),
        Panel(
            "Lag",
            "s",
            tuple(
                (quantile(share, "genre_event_lag_seconds_bucket", "source"), f"{name} {{{{source}}}}")
                for share, name in ((0.5, "half"), (0.99, "99 of 100"))
            ),
            "From taking events, here or in the stream, to lists that follow them.",
        ),
        Panel(
            "Age when they count",
            "s",
            tuple(
                (quantile(share, "genre_event_age_seconds_bucket", "source"), f"{name} {{{{source}}}}")
                for share, name in ((0.5, "half"), (0.95, "95 of 100"))
            ),
            "From the time that events tell themselves to lists that follow them.",
        ),
        Panel(
            "Newest event",
            "s",
            ((f"time() - max by (tenant) (genre_newest_event_time_seconds{{{WHO}}})", "{{tenant}}"),),
        ),
        now("Entries in the stream", "short", "genre_stream_entries", "max", "That no consumer has finished."),
        now("Oldest entry of the stream", "s", "genre_stream_oldest_seconds", "max"),
        now("Stream away", "short", "genre_stream_away", "max", "1 while nothing is taken."),
        Panel("Entries that are no events", "cps", ((rate("genre_stream_refused_total", "tenant"), "{{tenant}}"),)),
    ),
    "Catalogue and model": (
        now("Items", "short", "genre_items", "max", "That may be listed."),
        Panel(
            "Items that are not listed",
            "short",
            (
                (f"max by (tenant) (genre_waiting_items{{{WHO}}})", "waiting, {{tenant}}"),
                (f"max by (tenant) (genre_refused_items{{{WHO}}})", "refused, {{tenant}}"),
            ),
        ),
        now(
            "Coverage", "percentunit", "genre_coverage", "max", "Share of items that were recommended in the last hour."
        ),
        Panel(
            "Age of the model",
            "s",
            ((f"time() - min by (tenant) (genre_model_fitted_time_seconds{{{WHO}}})", "{{tenant}}"),),
        ),
        Panel(
            "Processes by version",
            "short",
            ((f"sum by (tenant, version) (genre_model_active{{{WHO}}}) > 0", "{{tenant}} {{version}}"),),
        ),
        now("Users in memory", "short", "genre_kept_users", "sum"),
    ),
    "Store and processes": (
        now("Store answers", "short", "genre_store_up", "min"),
        now("Store away", "s", "genre_store_away_seconds", "max"),
        now(
            "Changes behind",
            "short",
            "genre_changes_behind",
            "max",
            "Changes in the store that a process had not read.",
        ),
        Panel("Workers", "short", (("genre_workers", "{{instance}}"),)),
        Panel(
            "Memory",
            "bytes",
            (("genre_process_resident_memory_bytes", "{{instance}}"),),
            "Of all workers of an instance.",
        ),
        Panel(
            "Processor",
            "short",
            (("sum by (instance) (rate(genre_process_cpu_seconds_total[$__rate_interval]))", "{{instance}}"),),
            "Cores that are at work.",
        ),
        Panel("Since the last start", "s", (("time() - genre_process_start_time_seconds", "{{instance}}"),)),
    ),
    "Keys": (
        now("Keys that are good", "short", "genre_keys", "max"),
        Panel(
            "Refusals",
            "reqps",
            (("sum by (reason) (rate(genre_refusals_total[$__rate_interval]))", "{{reason}}"),),
            "What keys failed at.",
        ),
    ),
}


def dashboard() -> dict[str, Any]:
    """As Grafana reads it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS.items():
        panels.append(
            {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _place(0, top, ACROSS, 1)}
        )
        top += 1
        for place, panel in enumerate(row):
            left, down = place * WIDTH % ACROSS, place * WIDTH // ACROSS * HEIGHT
            panels.append(_panel(panel, _place(left, top + down, WIDTH, HEIGHT)))
        top += -(-len(row) * WIDTH // ACROSS) * HEIGHT
    for number, panel in enumerate(panels, 1):
        panel["id"] = number
    return {
        "uid": "genre",
        "title": "GENRE",
        "tags": ["genre"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [
                _source(),
                _choice("tenant", "label_values(genre_items, tenant)"),
                _choice("route", f"label_values(genre_requests_total{{{WHO}}}, route)"),
            ]
        },
        "panels": panels,
    }


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + number), "expr": expr, "legendFormat": legend, "datasource": SOURCE}
        for number, (expr, legend) in enumerate(panel.lines)
    ]
    return {
        "type": "stat" if panel.is_figure else "timeseries",
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": place,
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
    }


def _place(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _choice(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=2) + "\n")
