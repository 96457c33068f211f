"""Real `genre serve` processes over the tiny model."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

import httpx2
import pytest

GENRE = [sys.executable, "-c", "from genre.cli.main import run; run()"]
PATIENCE_S = 40


class Serving:
    """A server in a process of its own: where it is, its key, and what it said so far."""

    def __init__(self, *arguments, cwd, **environment):
        self._said = {"out": [], "err": []}
        self._lines = queue.Queue()
        env = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
        command = [*GENRE, "serve", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=cwd, env=env, text=True, **pipes)
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("out", self.process.stdout), ("err", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()
        self.began = self._wait_until_ready()
        self.url = self.began["url"]

    @property
    def out(self):
        return "".join(self._said["out"])

    @property
    def err(self):
        return "".join(self._said["err"])

    @property
    def keys(self):
        """Those that were shown, one a line."""
        return self.out.split()

    def ask(self, method, path, body=None, key=None, **more):
        """One request over a connection of its own."""
        headers = {"authorization": f"Bearer {key or self.keys[0]}"}
        return httpx2.request(method, self.url + path, json=body, headers=headers, timeout=PATIENCE_S, **more)

    def recommend(self, user_id, key=None, **wishes):
        """Item ids of a list."""
        answer = self.ask("POST", "/v1/recommend", {"user_id": user_id, **wishes}, key)
        return [one["item_id"] for one in answer.json()["items"]]

    def click(self, user_id, item_id, key=None):
        """Tell an event."""
        event = {"event_id": f"{user_id} {item_id}", "user_id": user_id, "item_id": item_id, "type": "click"}
        assert self.ask("POST", "/v1/events", {"events": [event]}, key).json()["new"] == 1

    def stop(self, sign=signal.SIGTERM):
        """Ask it to stop; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        return code

    def lines(self, message):
        """What it logged under a message."""
        found = [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]
        return [line for line in found if line["message"] == message]

    def _read(self, name, pipe):
        for line in pipe:
            self._said[name].append(line)
            self._lines.put(line)
        self._lines.put("")

    def _wait_until_ready(self):
        until = time.monotonic() + PATIENCE_S
        while not (self.lines("ready") and self.out.count("\n") == self.err.count("This key may do everything")):
            try:
                self._lines.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"not ready after {PATIENCE_S} s: {self.out}{self.err}")
            if self.process.poll() is not None:
                pytest.fail(f"ended with {self.process.wait()}: {self.out}{self.err}")
        return self.lines("ready")[0]


@pytest.fixture(scope="session")
def bundle(tiny_model, tmp_path_factory):
    """The tiny model on disk."""
    return tiny_model.save(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Starts servers at free ports, each with a store of its own unless one is named, and stops them in the end."""
    begun = []

    def start(*arguments, **environment):
        cwd = tmp_path_factory.mktemp("server")
        chosen = {str(one) for one in arguments}
        given = [*([] if "--port" in chosen else ["--port", 0])]
        given += [] if "--store" in chosen or "GENRE_STORE" in environment else ["--store", cwd / "state.db"]
        begun.append(Serving(*arguments, *given, cwd=cwd, **environment))
        return begun[-1]

    yield start
    for one in begun:
        one.stop()
