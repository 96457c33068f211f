import subprocess
import sys

import numpy as np
import pytest

from genre.core.errors import DataError
from genre.encoders._array_store import index_of, open_store

WRITER = """
import sys
import numpy as np
from hashlib import sha256
from pathlib import Path
from genre.encoders._array_store import open_store

start, stop = map(int, sys.argv[2:])
with open_store(Path(sys.argv[1]), (2, 3), np.int32) as store:
    for first in range(start, stop, 10):
        numbers = range(first, first + 10)
        store.put([sha256(str(n).encode()).hexdigest() for n in numbers], [np.full((2, 3), n) for n in numbers])
"""


def names(*numbers: int) -> list[str]:
    return [f"{number:064x}" for number in numbers]


def arrays(*numbers: int) -> list[np.ndarray]:
    return [np.full((2, 3), number, dtype=np.uint8) for number in numbers]


def test_arrays_stand_where_the_store_says(tmp_path) -> None:
    path = tmp_path / "deep" / "store.bin"
    with open_store(path, (2, 3), np.uint8) as store:
        assert store.arrays().shape == (0, 2, 3)
        store.put(names(5, 7), arrays(5, 7))
        store.put(names(7, 9), arrays(200, 9))  # the first 7 stays
    with open_store(path, (2, 3), np.uint8) as store:
        places, kept = store.places(names(9, 1, 5, 7)), store.arrays()
    assert places[1] == -1 and isinstance(kept, np.memmap) and len(kept) == 3
    np.testing.assert_array_equal(kept[places[[0, 2, 3]]], arrays(9, 5, 7))


def test_what_was_read_stays_while_others_append(tmp_path) -> None:
    path = tmp_path / "store.bin"
    with open_store(path, (2, 3), np.uint8) as store:
        store.put(names(1), arrays(1))
        before = store.arrays()
        with open_store(path, (2, 3), np.uint8) as other:
            other.put(names(2), arrays(2))
        store.put(names(3), arrays(3))
        np.testing.assert_array_equal(store.arrays()[store.places(names(1, 2, 3))], arrays(1, 2, 3))
    np.testing.assert_array_equal(before, arrays(1))


def test_two_processes_write_at_once(tmp_path) -> None:
    from hashlib import sha256

    path = tmp_path / "store.bin"
    commands = [[sys.executable, "-c", WRITER, str(path), str(start), str(start + 600)] for start in (0, 300)]
    writers = [subprocess.Popen(command) for command in commands]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with open_store(path, (2, 3), np.int32) as store:
        places = store.places([sha256(str(n).encode()).hexdigest() for n in range(900)])
        np.testing.assert_array_equal(np.sort(places), np.arange(900))
        np.testing.assert_array_equal(store.arrays()[places][:, 1, 2], np.arange(900))


def test_what_was_half_written_is_written_over(tmp_path) -> None:
    path = tmp_path / "store.bin"
    with open_store(path, (2, 3), np.uint8) as store:
        store.put(names(1), arrays(1))
        with path.open("ab") as file:
            file.write(b"\xff" * 9)  # a process that was killed before it could say what this is
        store.put(names(2), arrays(2))
        np.testing.assert_array_equal(store.arrays()[store.places(names(1, 2))], arrays(1, 2))


def test_a_cut_or_broken_store_is_named(tmp_path) -> None:
    path = tmp_path / "store.bin"
    with open_store(path, (2, 3), np.uint8) as store:
        store.put(names(1, 2), arrays(1, 2))
        path.write_bytes(path.read_bytes()[:7])
        with pytest.raises(DataError, match=r"store.bin: is cut or gone. Delete it and store.sqlite beside it"):
            store.arrays()
    index_of(path).write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="is broken"), open_store(path, (2, 3), np.uint8):
        raise AssertionError("it was opened")
