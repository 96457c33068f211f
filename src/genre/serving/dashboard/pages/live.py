"""Figures of the last minutes, drawn anew while somebody looks."""

from __future__ import annotations

from anyio import to_thread

from genre.serving.dashboard.charts import Chart
from genre.serving.dashboard.layout import every, frame, page
from genre.serving.dashboard.parts import millis, part, percent
from genre.serving.dashboard.pulse import Beat
from genre.serving.dashboard.visit import Visit

SPAN_S = 300.0


@page("/live")
async def live(visit: Visit) -> None:
    """Live"""
    refresh_s = visit.house.settings.refresh_s
    pulse = visit.house.pulses[visit.tenant.name]
    note = f"Drawn every {refresh_s:g} s from the counters of this process; they begin when somebody looks."
    with frame(visit, "live", "Live", note), part("div", "", "charts"):
        charts = (
            Chart("Requests a second", ("requests",), _plain, SPAN_S, 1.0),
            Chart("Latency", ("half below", "99 of 100 below"), millis, SPAN_S, 0.002),
            Chart("Lists from fallbacks", ("share",), percent, SPAN_S, 0.1),
            Chart("Events a minute", ("events",), _plain, SPAN_S, 10.0),
            Chart("Coverage", ("share of items",), percent, SPAN_S, 0.1),
            Chart("Failed requests a minute", ("failed",), _plain, SPAN_S, 1.0),
        )

    async def draw() -> None:
        await to_thread.run_sync(pulse.feel)
        _draw(charts, pulse.history())

    await draw()
    every(visit, refresh_s, draw)


def _draw(charts: tuple[Chart, ...], beats: list[Beat]) -> None:
    now = beats[-1].at if beats else 0.0
    lines: tuple[tuple[list[float | None], ...], ...] = (
        ([one.requests_per_s for one in beats],),
        ([one.p50_s for one in beats], [one.p99_s for one in beats]),
        ([one.fallback for one in beats],),
        ([one.events_per_minute for one in beats],),
        ([one.coverage for one in beats],),
        ([one.failed_per_minute for one in beats],),
    )
    for chart, values in zip(charts, lines, strict=True):
        chart.draw([[(beat.at, value) for beat, value in zip(beats, line, strict=True)] for line in values], now)


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 10 else f"{round(value, 2):g}"
