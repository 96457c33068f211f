"""Progress of long work, on standard error; silent by default, so that libraries and tests stay quiet."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")
_shown: ContextVar[Progress | None] = ContextVar("shown", default=None)


@contextmanager
def shown() -> Iterator[None]:
    """Show progress bars on standard error inside this block."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        token = _shown.set(progress)
        try:
            yield
        finally:
            _shown.reset(token)


@dataclass
class Step:
    """One running piece of work: `advance` moves its bar, `note` writes beside it."""

    progress: Progress | None
    task: int | None

    def advance(self, by: int = 1) -> None:
        if self.progress is not None and self.task is not None:
            self.progress.advance(self.task, by)  # type: ignore[arg-type]

    def note(self, text: str) -> None:
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, note=text)  # type: ignore[arg-type]


@contextmanager
def step(description: str, total: int | None = None) -> Iterator[Step]:
    """A piece of work with a bar of `total` units (None: length unknown)."""
    progress = _shown.get()
    if progress is None:
        yield Step(None, None)
        return
    task = progress.add_task(description, total=total, note="")
    try:
        yield Step(progress, task)
    finally:
        progress.remove_task(task)


def track(items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Iterate with a bar."""
    length = len(items) if total is None and isinstance(items, Sized) else total
    with step(description, length) as bar:
        for item in items:
            yield item
            bar.advance()


@dataclass
class Cost:
    """Wall seconds and peak memory (MiB, of the whole process meanwhile) of a piece of work."""

    seconds: float = 0.0
    peak_mib: float = field(default=0.0)


_measured: ContextVar[tuple[Cost, ...]] = ContextVar("measured", default=())


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure a block; the cost is filled in when the block ends. Blocks may stand inside one another."""
    outer, cost, start = _measured.get(), Cost(), time.perf_counter()
    _note_peak(outer)
    _forget_peak()
    token = _measured.set((*outer, cost))
    try:
        yield cost
    finally:
        _measured.reset(token)
        cost.seconds += time.perf_counter() - start
        _note_peak((*outer, cost))


def charge(seconds: float) -> None:
    """Count seconds that an interrupted run spent before as spent in the blocks that are being measured."""
    for cost in _measured.get():
        cost.seconds += seconds


def peak_mib() -> float:
    """Peak resident memory of this process, MiB: since a measured block last began, where the system can tell."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024.0
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0) if sys.platform == "darwin" else peak / 1024.0


def _note_peak(costs: Iterable[Cost]) -> None:
    for cost in costs:
        cost.peak_mib = max(cost.peak_mib, peak_mib())


def _forget_peak() -> None:
    """Let the system's account of the peak begin anew (Linux; elsewhere it stays that of the whole process)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
