"""Looking at tables before there is a recipe."""

from pathlib import Path

import polars as pl
import pytest

from genre.sources._peek import file_kind, open_table, peek


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("csv", "a.csv", "x,y\n1,a\n2,b\n3,c\n"),
        ("jsonl", "a.jsonl", '{"x":1,"y":"a"}\n{"x":2,"y":"b"}\n{"x":3,"y":"c"}\n'),
        ("recbole", "a.inter", "x:token\ty:token\n1\ta\n2\tb\n3\tc\n"),
    ],
)
def test_first_rows_as_the_source_reads_them(write, kind, name, content):
    path = write(name, content)
    frame, is_whole = peek(path, kind, 2)
    assert frame.cast(pl.String).rows() == [("1", "a"), ("2", "b")] and not is_whole
    assert peek(path, kind, 3)[1]
    assert open_table(path, kind).columns == ["x", "y"]


def test_parquet(tmp_path):
    pl.DataFrame({"x": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    assert peek(tmp_path / "a.parquet", "parquet", 5)[0].rows() == [(1,), (2,)]


def test_endings_say_what_files_are():
    kinds = {name: file_kind(Path(name)) for name in ("a.CSV", "b.tsv.gz", "c.pq", "d.json.gz", "e.dat", "f")}
    assert list(kinds.values()) == ["csv", "csv", "parquet", "jsonl", None, None]


def test_tables_beside_the_interactions_may_be_of_another_kind(write, tmp_path):
    from genre.sources.csv import CsvConfig, CsvSource

    pl.DataFrame({"item_id": ["i"], "tags": [["x", "y"]]}).write_parquet(tmp_path / "items.parquet")
    paths = {
        "interactions": write("a.csv", "user_id,item_id\nu,i\n"),
        "items": tmp_path / "items.parquet",
        "users": write("u.jsonl", '{"user_id":"u","age":7}\n'),
    }
    catalog = CsvSource(CsvConfig(**paths)).read().catalog
    assert catalog.items["tags"].to_list() == [["x", "y"]]
    assert catalog.users["age"].to_list() == [7]
