"""A Redis server of the tests' own, in a temporary folder, on a free port."""

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.waiting import free_port

WAIT_S = 10


@dataclass
class Redis:
    """A server that can be stopped, frozen, emptied and started again with what it was told to save."""

    binary: str
    folder: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    process: subprocess.Popen | None = None

    def url(self, number=0):
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{number}"

    def client(self):
        """A patient client of the test's own."""
        import redis

        return redis.Redis.from_url(self.url(), socket_timeout=WAIT_S)

    def start(self):
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        settings += ["--requirepass", self.password, "--appendonly", "no"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([self.binary, *settings], **quiet)
        until = time.monotonic() + WAIT_S
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < until, "the server does not come up"
            time.sleep(0.02)

    def stop(self):
        """At once, as a crash would; what was not saved is lost."""
        self.process.kill()
        self.process.communicate(timeout=WAIT_S)

    def save(self):
        """Write the data as they are now, for the next start."""
        self.client().save()

    def empty(self):
        self.client().flushall()

    def freeze(self):
        """Keep all connections and answer none, until `thaw`."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def _answers(self):
        import redis

        try:
            return self.client().ping()
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def redis_process():
    """A running server; skips where Redis is not installed."""
    pytest.importorskip("redis")
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="genre-redis-"))
    server = Redis(binary, folder, free_port())
    try:
        server.start()
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_server(redis_process):
    """A running server, empty at first, whatever the test does to it."""
    (redis_process.folder / "dump.rdb").unlink(missing_ok=True)
    if redis_process.process.poll() is not None:
        redis_process.start()
    redis_process.empty()
    yield redis_process
    redis_process.thaw()
