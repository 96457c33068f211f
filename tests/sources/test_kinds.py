"""Files are opened as what their names say they are."""

from pathlib import Path

import polars as pl
import pytest

from genre.sources._kinds import file_kind, open_table


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "x,y\n1,a\n2,b\n"), ("a.jsonl", '{"x":1,"y":"a"}\n{"x":2,"y":"b"}\n')],
)
def test_tables_open_as_their_kind(write, name, content):
    path = write(name, content)
    table = open_table(path, file_kind(path))
    (batch,) = table.batches()
    assert table.columns == ["x", "y"] and batch.frame.cast(pl.String).rows() == [("1", "a"), ("2", "b")]


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
