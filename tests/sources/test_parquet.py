"""Parquet: types stay, broken files are refused."""

from datetime import datetime

import polars as pl
import pytest

from genre.core.errors import DataError


@pytest.fixture
def store(tmp_path):
    def stored(name, frame):
        frame.write_parquet(tmp_path / name)
        return tmp_path / name

    return stored


def test_types_and_lists_stay(store, read):
    a = store(
        "a.parquet",
        pl.DataFrame(
            {"user_id": [1, 2], "item_id": [10.0, 20.0], "timestamp": [datetime(2024, 1, 2), datetime(2024, 1, 3)]}
        ),
    )
    items = pl.DataFrame(
        {"item_id": ["10", "20"], "genres": [["a", "b"], []], "imdb": ["0114709", "12"], "size": [{"w": 1}, {"w": 2}]}
    )
    dataset = read("parquet", interactions=a, items=store("i.parquet", items.cast({"imdb": pl.Categorical})))
    assert dataset.interactions.to_frame().rows() == [("1", "10", 1704153600000), ("2", "20", 1704240000000)]
    assert dataset.catalog.items.rows() == [("10", ["a", "b"], "0114709", '{"w":1}'), ("20", [], "12", '{"w":2}')]


def test_row_numbers_count_from_one(store, read, reasons):
    frame = pl.DataFrame({"user_id": ["u", None, "v"], "item_id": ["i", "i", "j"], "rating": [1.0, 2.0, float("nan")]})
    dataset = read("parquet", interactions=store("a.parquet", frame))
    assert reasons(dataset) == {
        ("interactions", "user id is missing"): [2],
        ("interactions", "rating is not a finite number"): [3],
    }


@pytest.mark.parametrize("content", [b"user_id,item_id\n1,2\n", b"PAR1 and nothing more PAR1"])
def test_files_of_another_kind_are_refused(write, read, content):
    path = write("a.parquet", content)
    with pytest.raises(DataError, match="not a whole parquet file") as error:
        read("parquet", interactions=path)
    assert str(path) in str(error.value)


def test_a_damaged_page_is_refused(store, read):
    path = store("a.parquet", pl.DataFrame({"user_id": range(5000), "item_id": range(5000)}))
    content = bytearray(path.read_bytes())
    content[40:4000] = b"\x00" * 3960
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a whole parquet file"):
        read("parquet", interactions=path)


def test_lists_in_lists_are_read_as_one_list(store, read):
    a = store("a.parquet", pl.DataFrame({"user_id": ["u", "v"], "item_id": ["i", "j"], "said": [[["a"], ["b"]], None]}))
    items = store("i.parquet", pl.DataFrame({"item_id": ["i", "j"], "kinds": [[["x", "y"], ["z"]], None]}))
    dataset = read("parquet", interactions=a, items=items, reviews=a)
    assert dataset.catalog.items.rows() == [("i", ["x", "y", "z"]), ("j", None)]
    assert dataset.catalog.reviews["said"].to_list() == [["a", "b"]]
    found = [(one.table, one.what, one.n_rows) for one in dataset.remarks if "lists in lists" in one.what]
    assert found == [
        ("items", "kinds: lists in lists, read as one list", 1),
        ("reviews", "said: lists in lists, read as one list", 1),
    ]
