"""Rows set aside end up in one file."""

import json

import polars as pl
import pytest

from genre.core.errors import DataError
from genre.values import Quarantine, write_quarantine

ENTRIES = (
    Quarantine(
        "items", "item id is missing", pl.DataFrame({"row": [3, 9], "title": ["Alien", None], "tags": [["a"], []]})
    ),
    Quarantine("interactions", "line is not a JSON object", pl.DataFrame({"row": [7], "line": ["{oops"]})),
)


@pytest.mark.parametrize("name", ["bad.parquet", "bad.jsonl"])
def test_every_row_is_written_with_table_number_and_reason(tmp_path, name):
    write_quarantine(ENTRIES, tmp_path / name)
    table = pl.read_parquet(tmp_path / name) if name.endswith("parquet") else pl.read_ndjson(tmp_path / name)
    assert table.select("table", "row", "reason").rows() == [
        ("items", 3, "item id is missing"),
        ("items", 9, "item id is missing"),
        ("interactions", 7, "line is not a JSON object"),
    ]
    assert [json.loads(text) for text in table["content"]] == [
        {"title": "Alien", "tags": ["a"]},
        {"title": None, "tags": []},
        {"line": "{oops"},
    ]


def test_nothing_set_aside_is_an_empty_table(tmp_path):
    write_quarantine((), tmp_path / "bad.parquet")
    assert pl.read_parquet(tmp_path / "bad.parquet").shape == (0, 4)


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"\.parquet or \.jsonl"):
        write_quarantine(ENTRIES, tmp_path / "bad.txt")
    assert list(tmp_path.iterdir()) == []
