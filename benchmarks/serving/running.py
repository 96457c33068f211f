"""A real `genre serve` in a process group of its own, which may be killed and started again on the same store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE_S = 120
GENRE = ("-m", "genre", "serve")


@dataclass
class Serving:
    """Attributes:
    bundle: or a folder of versions.
    folder: where the logs are written, and the store unless one is given.
    store: address; one with a password goes by the environment.
    options: more of the command line.
    environment: variables beside those of this process.
    launcher: arguments of Python in place of `-m genre serve`.
    key: may do everything; known after the first start.
    url: known after the first start, and the same after each.
    seconds: from the command to the line that says it is ready, of each start.
    """

    bundle: Path
    folder: Path
    store: str | None = None
    workers: int = 1
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    launcher: tuple[str, ...] = GENRE
    key: str = ""
    url: str = ""
    seconds: list[float] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> dict[str, Any]:
        """Begin and wait until it answers; what it said of itself."""
        said, shown = self.folder / f"start-{len(self.seconds)}.log", self.folder / "key"
        port = self.url.rpartition(":")[2] or "0"
        command = [sys.executable, *self.launcher, str(self.bundle), "--port", port, "--workers", str(self.workers)]
        environment = {**os.environ, "GENRE_STORE": self.store or str(self.folder / "store.db"), **self.environment}
        began = time.perf_counter()
        with said.open("wb") as err, shown.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, *self.options], stdout=out, stderr=err, env=environment, start_new_session=True
            )
        facts = self._ready(said)
        self.seconds.append(time.perf_counter() - began)
        self.url = facts["url"]
        self.key = shown.read_text().strip() or self.key
        return facts

    def kill(self) -> None:
        """All its processes, at once and without warning."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """As somebody who means well stops it."""
        self._signal(signal.SIGTERM)

    @property
    def pids(self) -> list[int]:
        """Of the processes that answer: the one that was started, or its workers."""
        assert self.process is not None
        if self.workers == 1:
            return [self.process.pid]
        asked = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        rows = [line.split(maxsplit=1) for line in asked.stdout.splitlines()]
        return [int(pid) for pid, command in rows if "resource_tracker" not in command]

    def memory_mib(self, name: str = "VmRSS") -> float:
        """Of all that answer together: VmRSS, what they hold now; VmHWM, the most they ever held."""
        return sum(_kib(pid, name) for pid in self.pids) / 1024

    def log(self) -> list[dict[str, Any]]:
        """What it has logged since it was started last, request by request."""
        said = self.folder / f"start-{len(self.seconds) - 1}.log"
        return [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def _ready(self, said: Path) -> dict[str, Any]:
        assert self.process is not None
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for line in said.read_text().splitlines():
                if '"message":"ready"' in line:
                    found: dict[str, Any] = json.loads(line)
                    return found
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.kill()
        raise SystemExit(f"the service did not start:\n{said.read_text()[-2000:]}")

    def _signal(self, sign: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, sign)
        self.process.wait(PATIENCE_S)


def _kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
