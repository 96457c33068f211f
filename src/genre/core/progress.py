"""Progress of long work, on standard error; silent by default, so that libraries and tests stay quiet."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
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
    """Wall seconds and peak memory (MiB, of the process so far) of a piece of work."""

    seconds: float = 0.0
    peak_mib: float = field(default=0.0)


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure a block; the cost is filled in when the block ends."""
    cost, start = Cost(), time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - start
        cost.peak_mib = peak_mib()


def peak_mib() -> float:
    """Peak resident memory of this process so far, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0) if sys.platform == "darwin" else peak / 1024.0
