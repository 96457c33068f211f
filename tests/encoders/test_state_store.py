import multiprocessing

import numpy as np
import pytest

from genre.encoders.text._state_store import states_in_memory, states_path, stored_states

SHAPE = (5, 3)
STATES = np.arange(15, dtype=np.float32).reshape(SHAPE) / 7


def parts(states=STATES):
    """The states in two batches, out of order."""
    yield np.array([3, 4, 0]), states[[3, 4, 0]]
    yield np.array([1, 2]), states[[1, 2]]


def test_states_are_stored_in_half_precision_and_mapped(tmp_path):
    found = stored_states(tmp_path / "s.npy", SHAPE, parts)
    assert isinstance(found, np.memmap) and found.dtype == np.float16
    np.testing.assert_array_equal(found, STATES.astype(np.float16))
    again = stored_states(tmp_path / "s.npy", SHAPE, lambda: pytest.fail("computed again"))
    np.testing.assert_array_equal(again, found)
    np.testing.assert_array_equal(states_in_memory(SHAPE, parts), found)


def test_large_values_are_kept_in_single_precision(tmp_path):
    large = STATES.copy()
    large[2, 1] = 1e5
    found = stored_states(tmp_path / "s.npy", SHAPE, lambda: parts(large))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, large)
    np.testing.assert_array_equal(states_in_memory(SHAPE, lambda: parts(large)), large)


@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_broken_files_are_made_anew(tmp_path, content):
    path = tmp_path / "s.npy"
    stored_states(path, SHAPE, parts)
    path.write_bytes(path.read_bytes()[:-4] if content is None else content)
    np.testing.assert_array_equal(stored_states(path, SHAPE, parts), STATES.astype(np.float16))


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted():
        yield np.array([0]), STATES[:1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stored_states(tmp_path / "s.npy", SHAPE, interrupted)
    assert list(tmp_path.iterdir()) == []


def _store(path):
    return np.asarray(stored_states(path, SHAPE, parts)).tobytes()


def test_two_processes_at_once_agree(tmp_path):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map(_store, [tmp_path / "s.npy"] * 8)
    assert set(found) == {STATES.astype(np.float16).tobytes()}
    assert [path.name for path in tmp_path.iterdir()] == ["s.npy"]


def test_names_follow_everything_that_decides_the_states():
    base = {"model": "a", "label": "m", "layer": 4, "max_length": 8, "texts": ["x", "yz"]}
    others = [
        base | change
        for change in ({"model": "b"}, {"layer": 3}, {"max_length": 9}, {"texts": ["xy", "z"]}, {"texts": ["x"]})
    ]
    assert len({states_path(**each) for each in [base, *others]}) == 6
    assert states_path(**base) == states_path(**base)
