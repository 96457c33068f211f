import signal
import subprocess
import sys

import numpy as np
import pytest

from genre.core.errors import DataError
from genre.encoders.graph._kept import kept

CHILD = """
import sys, time
import numpy as np
from genre.encoders.graph._kept import kept

def make():
    print("making", flush=True)
    time.sleep(float(sys.argv[1]))
    return np.arange(12, dtype=np.float32).reshape(4, 3)

print(kept("key", make).sum(), flush=True)
"""


def child(seconds):
    return subprocess.Popen([sys.executable, "-c", CHILD, str(seconds)], stdout=subprocess.PIPE, text=True)


def test_made_once_then_found(cache):
    first = np.ones((2, 2), dtype=np.float32)
    assert kept("key", lambda: first) is first
    np.testing.assert_array_equal(kept("key", pytest.fail), first)
    np.testing.assert_array_equal(kept("other", lambda: first * 2), first * 2)


def test_two_processes_at_once_and_one_that_is_killed(cache):
    killed = child(60)
    assert killed.stdout.readline() == "making\n"
    both = [child(0.2), child(0.2)]
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    for process in both:
        assert process.communicate()[0].endswith("66.0\n")
    assert [path.name for path in (cache / "knowledge_graphs").iterdir()] == ["key.safetensors"]
    assert kept("key", pytest.fail).sum() == 66


def test_a_file_in_the_way(cache):
    cache.mkdir()
    (cache / "knowledge_graphs").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        kept("key", lambda: np.ones((1, 1), dtype=np.float32))
