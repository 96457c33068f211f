"""What was measured beside what it should be."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """Attributes:
    most: whether the bar is the most that it may be, not the least.
    """

    name: str
    value: float
    bar: float
    unit: str = ""
    most: bool = True

    @property
    def is_held(self) -> bool:
        return self.value <= self.bar if self.most else self.value >= self.bar

    def __str__(self) -> str:
        word = "held  " if self.is_held else "MISSED"
        return (
            f"{word} {self.name}: {_shown(self.value)}{self.unit}"
            f" (at {'most' if self.most else 'least'} {_shown(self.bar)}{self.unit})"
        )


def tell(bars: Sequence[Bar]) -> int:
    """Print them; the exit code: 1 where one is missed."""
    load = f", load {os.getloadavg()[0]:.1f} over the last minute" if hasattr(os, "getloadavg") else ""
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores{load}")
    for bar in bars:
        print(bar)
    return int(not all(bar.is_held for bar in bars))


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
