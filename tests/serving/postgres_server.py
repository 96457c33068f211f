"""A PostgreSQL server of the tests' own, in a temporary folder, on a free port."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.waiting import free_port

WAIT_S = 20
QUICK = ["-c", "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=16MB", "-c", "log_min_messages=fatal"]


@dataclass
class PostgresServer:
    """A cluster that can be stopped, frozen and started again; its data stay."""

    binaries: Path
    folder: Path
    user: str | None
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    process: subprocess.Popen | None = None

    def url(self, database="postgres"):
        return f"postgresql://genre:{self.password}@127.0.0.1:{self.port}/{database}"

    def make(self):
        word = self.folder / "password"
        word.write_text(self.password)
        if self.user:
            shutil.chown(self.folder, self.user)
            shutil.chown(word, self.user)
        options = ["-U", "genre", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync", f"--pwfile={word}"]
        made = self._run([self.binaries / "initdb", *options, self.folder / "data"])
        out, _ = made.communicate(timeout=60)
        assert made.returncode == 0, out

    def start(self):
        place = ["-D", self.folder / "data", "-p", str(self.port), "-k", self.folder, "-h", "127.0.0.1"]
        self.process = self._run([self.binaries / "postgres", *place, *QUICK])
        until = time.monotonic() + WAIT_S
        while not self._answers():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < until, "the server does not come up"
            time.sleep(0.05)

    def stop(self):
        """Break off all connections at once, as a crash would, and accept none."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.communicate(timeout=WAIT_S)

    def freeze(self, how=signal.SIGSTOP):
        """Keep all connections and answer none, until `thaw`."""
        pids = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=True)
        for pid in (self.process.pid, *map(int, pids.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(pid, how)

    def thaw(self):
        self.freeze(signal.SIGCONT)

    def new_database(self):
        """The address of an empty database."""
        import psycopg

        name = f"db_{secrets.token_hex(6)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _answers(self):
        import psycopg

        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, command):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        return subprocess.Popen(command, **pipes, user=self.user, cwd=self.folder, env=environment, text=True)


def _binaries():
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@pytest.fixture(scope="session")
def postgres():
    """A running server; skips where PostgreSQL is not installed."""
    pytest.importorskip("psycopg")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("initdb and postgres are not installed")
    folder = Path(tempfile.mkdtemp(prefix="genre-postgres-"))
    server = PostgresServer(binaries, folder, "nobody" if os.geteuid() == 0 else None, free_port())
    try:
        server.make()
        server.start()
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres):
    """The address of an empty database of a test's own."""
    return postgres.new_database()
