"""States survive the disk, and writing is all or nothing."""

import json

import numpy as np
import pytest

from genre.core.artifacts import State, load_state, read_json, replacing, save_state, write_json


def test_a_state_with_children_comes_back_equal(tmp_path):
    inner = State({"epochs": 3}, {"w": np.arange(6, dtype=np.float32).reshape(2, 3)})
    state = State(
        {"name": "Ünïcode 电影"}, {"rows": np.array([1, -1], np.int32), "empty": np.empty((0, 4))}, {"a": inner}
    )
    save_state(state, tmp_path / "s")
    back = load_state(tmp_path / "s")
    assert back.meta == state.meta and back.children["a"].meta == inner.meta
    for name, array in state.arrays.items():
        assert back.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(back.arrays[name], array)
    np.testing.assert_array_equal(back.children["a"].arrays["w"], inner.arrays["w"])


def test_a_transposed_array_is_saved_as_it_looks(tmp_path):
    array = np.arange(6, dtype=np.float64).reshape(2, 3).T
    save_state(State(arrays={"x": array}), tmp_path / "s")
    np.testing.assert_array_equal(load_state(tmp_path / "s").arrays["x"], array)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "report.json"
    write_json({"old": 1}, path)

    def write_half() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_half()
    assert read_json(path) == {"old": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_a_folder_is_swapped_whole(tmp_path):
    for content in ("first", "second"):
        with replacing(tmp_path / "bundle") as folder:
            folder.mkdir()
            (folder / content).write_text(content)
    assert [file.name for file in (tmp_path / "bundle").iterdir()] == ["second"]
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


def test_not_a_number_is_refused_in_json(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json({"ndcg": float("nan")}, tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()
    write_json({"title": "电影"}, tmp_path / "y.json")
    assert json.loads((tmp_path / "y.json").read_bytes()) == {"title": "电影"}


def test_a_single_number_keeps_its_shape(tmp_path):
    save_state(State(arrays={"scale": np.float32(2.5) * np.ones((), np.float32)}), tmp_path / "s")
    assert load_state(tmp_path / "s").arrays["scale"].shape == ()
