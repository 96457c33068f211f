import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from genre.core.errors import DataError
from genre.encoders._vector_cache import open_cache

WRITER = """
import sys
import numpy as np
from pathlib import Path
from genre.encoders._vector_cache import open_cache

def vector(number):
    return np.full(64, number, dtype=np.float32)

start, stop, size = map(int, sys.argv[2:])
print("ready", flush=True)
with open_cache(Path(sys.argv[1])) as cache:
    for first in range(start, stop, size):
        numbers = range(first, first + size)
        cache.put([f"text {n}" for n in numbers], np.stack([vector(n) for n in numbers]))
"""


def writer(path, start: int, stop: int, size: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(path), str(start), str(stop), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check(path, n_texts: int) -> int:
    """How many texts are known; asserts that every known vector is the right one."""
    out = np.zeros((n_texts, 64), dtype=np.float32)
    with open_cache(path) as cache:
        known = cache.get([f"text {n}" for n in range(n_texts)], out)
    np.testing.assert_array_equal(out[known], np.repeat(np.flatnonzero(known)[:, None], 64, axis=1))
    assert not out[~known].any()
    return int(known.sum())


def test_what_is_put_is_found_and_nothing_else(tmp_path) -> None:
    path = tmp_path / "deep" / "cache.sqlite"
    out = np.zeros((1201, 3), dtype=np.float32)
    texts = [f"text {number}" for number in range(1201)]
    vectors = np.random.default_rng(0).normal(size=(1200, 3)).astype(np.float32)
    with open_cache(path) as cache:
        assert not cache.get(texts, out).any()
        cache.put(texts[:1200], vectors)
        cache.put(texts[:1], vectors[1:2])  # the first one stays
    with open_cache(path) as cache:
        np.testing.assert_array_equal(cache.get(texts, out), [True] * 1200 + [False])
    np.testing.assert_array_equal(out[:1200], vectors)
    assert not out[1200].any()


def test_two_processes_write_at_once(tmp_path) -> None:
    path = tmp_path / "cache.sqlite"
    writers = [writer(path, 0, 3000, 10), writer(path, 1500, 4500, 10)]
    assert [process.wait(timeout=60) for process in writers] == [0, 0]
    assert check(path, 5000) == 4500


def test_killed_while_writing(tmp_path) -> None:
    path = tmp_path / "cache.sqlite"
    process = writer(path, 0, 10_000_000, 1000)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    while process.poll() is None and (not path.exists() or check(path, 5000) < 3000):
        time.sleep(0.05)
    time.sleep(0.0137)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with sqlite3.connect(path) as connection:
        count = connection.execute("SELECT COUNT(*) FROM vectors").fetchone()[0]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert count >= 3000 and count % 1000 == 0  # all of a batch or none of it
    assert check(path, count + 1000) == count
    with open_cache(path) as cache:
        cache.put([f"text {count}"], np.full((1, 64), count, dtype=np.float32))
    assert check(path, count + 1000) == count + 1


def test_broken_files_and_folders_are_named(tmp_path) -> None:
    out = np.zeros((1, 4), dtype=np.float32)
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database" * 1000)
    with pytest.raises(DataError, match=r"broken.sqlite: is broken: .* Delete this file"), open_cache(broken) as cache:
        cache.get(["text"], out)
    (tmp_path / "file").write_text("in the way")
    place = tmp_path / "file" / "cache.sqlite"
    with pytest.raises(DataError, match=r"cannot be used: .*set GENRE_CACHE to a folder"), open_cache(place):
        raise AssertionError("it was opened")
