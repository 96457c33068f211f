"""JSON lines: broken lines, mixed types, keys that come and go."""

import json

import polars as pl
import pytest

from genre.core.errors import DataError


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


def test_numbers_and_texts_are_ids(write, read, pairs):
    path = write("a.jsonl", lines({"user_id": 1, "item_id": "x"}, {"user_id": "1", "item_id": "y", "rating": 4}))
    dataset = read("jsonl", interactions=path)
    assert pairs(dataset) == [("1", "x"), ("1", "y")]
    assert dataset.catalog.n_users == 1 and dataset.interactions.ratings[1] == 4


def test_broken_lines_are_set_aside(write, read, reasons, pairs):
    good = lines({"user_id": "u", "item_id": "i"})
    content = (
        good.encode()
        + b'{"user_id": \n\n[1, 2]\n{"user_id": "caf\xe9", "item_id": "i"}\n'
        + good.replace("u", "v").encode()
    )
    dataset = read("jsonl", interactions=write("a.jsonl.gz", content.replace(b"vser", b"user")))
    assert pairs(dataset) == [("u", "i"), ("v", "i")]
    assert reasons(dataset) == {
        ("interactions", "line is not a JSON object"): [2, 4],
        ("interactions", "text is not valid UTF-8"): [5],
    }


def test_lists_stay_and_objects_become_text(write, read):
    items = write(
        "i.jsonl",
        lines(
            {"item_id": "a", "tags": ["x", "y"]}, {"item_id": "b", "extra": {"k": 1}}, {"item_id": "c", "tags": None}
        ),
    )
    dataset = read("jsonl", interactions=write("a.jsonl", lines({"user_id": "u", "item_id": "a"})), items=items)
    assert dataset.catalog.items["tags"].to_list() == [["x", "y"], None, None]
    assert json.loads(dataset.catalog.items["extra"][1]) == {"k": 1}


def test_mixed_values_become_text(write, read):
    items = write(
        "i.jsonl", lines({"item_id": "a", "year": 1995}, {"item_id": "b", "year": True}, {"item_id": 3, "year": "?"})
    )
    dataset = read("jsonl", interactions=write("a.jsonl", lines({"user_id": "u", "item_id": "a"})), items=items)
    assert dataset.catalog.items.rows() == [("a", "1995"), ("b", "true"), ("3", "?")]
    assert dataset.catalog.items.schema["year"] == pl.String


@pytest.mark.parametrize("content", ["user_id,item_id\n1,2\n", '[\n"a"\n]\n'])
def test_files_without_objects_are_refused(write, read, content):
    with pytest.raises(DataError, match="holds no JSON objects"):
        read("jsonl", interactions=write("a.jsonl", content))
