"""A line over the last minutes, drawn as SVG: no script, no library, and texts that screen readers read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from genre.serving.dashboard.parts import Part, part, put

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 600.0, 210.0, 62.0, 26.0, 8.0
N_LINES = 4
Point = tuple[float, float | None]


class Chart:
    """One or two lines with a scale; `draw` moves them.

    Args:
        names: of the lines.
        tell: how a value is written.
        span_s: that the whole width shows.
        least: the scale reaches at least so far.
    """

    def __init__(
        self, title: str, names: Sequence[str], tell: Callable[[float | None], str], span_s: float, least: float
    ) -> None:
        self._title, self._names, self._tell = title, names, tell
        self._span_s, self._least = span_s, least
        with part("section", "", "card chart", aria_label=title):
            with part("div", "", "chart-head"):
                part("h2", title)
                self._now = [self._legend(place, name) for place, name in enumerate(names)]
            self._svg = part("svg", "", "", viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}", role="img", aria_label=title)
            with self._svg:
                self._scale = [self._rule(place) for place in range(N_LINES + 1)]
                part("text", f"{span_s / 60:.0f} min ago", "tick", x=LEFT, y=HEIGHT - 4)
                part("text", "now", "tick right", x=WIDTH, y=HEIGHT - 4)
                self._areas = [part("path", "", f"area ink-{place}", d="") for place in range(len(names))]
                self._lines = [part("path", "", f"curve ink-{place}", d="") for place in range(len(names))]

    def draw(self, series: Sequence[Sequence[Point]], now: float) -> None:
        """Move the lines.

        Args:
            series: points of each line, oldest first: seconds and a value, None where there is none.
        """
        values = [value for line in series for _, value in line if value is not None]
        most = round_up(max([self._least, *values]))
        for place, rule in enumerate(self._scale):
            rule.set_text(self._tell(most * place / N_LINES))
        said = []
        for place, line in enumerate(series):
            points = [(self._x(at, now), self._y(value, most)) for at, value in line if value is not None]
            put(self._lines[place], d=path(points))
            put(self._areas[place], d=area(points, HEIGHT - BOTTOM))
            newest = self._tell(line[-1][1] if line else None)
            self._now[place].set_text(newest)
            said.append(f"{self._names[place]} {newest}")
        put(self._svg, aria_label=f"{self._title}: {', '.join(said)}")

    def _legend(self, place: int, name: str) -> Part:
        with part("span", "", f"legend ink-{place}"):
            part("span", name)
            return part("strong", "-")

    def _rule(self, place: int) -> Part:
        y = self._y(place, N_LINES)
        part("line", "", "grid-line", x1=LEFT, x2=WIDTH, y1=y, y2=y)
        return part("text", "", "tick right", x=LEFT - 6, y=y + 4)

    def _x(self, at: float, now: float) -> float:
        return max(LEFT, WIDTH - (now - at) / self._span_s * (WIDTH - LEFT))

    def _y(self, value: float, most: float) -> float:
        return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP)


def path(points: Sequence[tuple[float, float]]) -> str:
    """A line through points, as SVG writes it."""
    return " ".join(f"{'L' if place else 'M'}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(points))


def area(points: Sequence[tuple[float, float]], floor: float) -> str:
    """What is between a line and the floor."""
    if len(points) < 2:
        return ""
    return f"{path(points)} L{points[-1][0]:.1f} {floor:.1f} L{points[0][0]:.1f} {floor:.1f} Z"


def round_up(value: float) -> float:
    """The next of 1, 2, 4, 8 times a power of ten: a scale of four steps is then easy to read."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value * (1 - 1e-9))
