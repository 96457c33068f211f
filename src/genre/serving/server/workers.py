"""Several processes at one socket: begun, watched, begun again when they die, stopped together."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

METRICS = "PROMETHEUS_MULTIPROC_DIR"


class Workers(Multiprocess):
    """Attributes:
    has_failed: whether one of the first workers could not begin.
    """

    def __init__(self, config: Config, listening: socket.socket, announce: Callable[[list[int]], None]) -> None:
        super().__init__(config, [listening])
        self._announce, self._is_announced = announce, False
        self.has_failed = False

    def keep_subprocess_alive(self) -> None:
        """Called twice a second."""
        if not self._is_announced and any(one.exitcode is not None for one in self.processes):
            self.has_failed = True
            self.should_exit.set()
            return
        before = self._pids()
        super().keep_subprocess_alive()
        for pid in set(before) - set(self._pids()):
            _count_as_dead(pid)
        if not self._is_announced and all(one.is_ready() for one in self.processes):
            self._is_announced = True
            self._announce(self._pids())

    def terminate_all(self) -> None:
        """Ask all to stop, and let go of the socket here too: who comes now is refused, not held."""
        super().terminate_all()
        for one in self.sockets:
            one.close()

    def _pids(self) -> list[int]:
        return [one.pid for one in self.processes if one.pid is not None]


@contextmanager
def shared_metrics() -> Iterator[None]:
    """While it is entered, processes that begin count into one empty folder, so that any of them can tell the sum."""
    with TemporaryDirectory(prefix="genre-metrics-", ignore_cleanup_errors=True) as folder:
        before, os.environ[METRICS] = os.environ.get(METRICS), folder
        try:
            yield
        finally:
            os.environ.pop(METRICS)
            if before is not None:
                os.environ[METRICS] = before


def _count_as_dead(pid: int) -> None:
    """What a dead worker counted stays in the sums; what it held no longer does."""
    for file in Path(os.environ[METRICS]).glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)
