"""What is set aside, what is kept, and what is said about it: the same for every source."""

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.core.errors import DataError
from genre.sources import _blocks
from genre.sources._distinct import later_duplicates
from genre.sources._interactions import Cleaned


def test_every_bad_row_is_set_aside_with_its_reason(write, read, reasons, pairs):
    soon, later = int(time.time()) + 3600, int(time.time()) + 3 * 86400
    rows = [
        "u1,i1,5,881250949",
        ",i1,5,881250949",
        "u2,,5,881250949",
        "u3,i1,5,yesterday",
        f"u4,i1,5,{later}",
        f"u4,i2,5,{soon}",
        "u5,i1,nan,881250949",
        "u6,i1,inf,881250949",
        "u7,i1,good,881250949",
        "u8,i1,,881250949",
        "u1,i1,4,881250949",
        "u1,i1,4,881250950",
        "  ,i1,4,881250950",
        "u9,i9,4,",
    ]
    path = write("a.csv", "user_id,item_id,rating,timestamp\n" + "\n".join(rows) + "\n")
    dataset = read("csv", interactions=path)
    assert pairs(dataset) == [("u1", "i1"), ("u4", "i2"), ("u8", "i1"), ("u1", "i1")]
    assert reasons(dataset) == {
        ("interactions", "user id is missing"): [3, 14],
        ("interactions", "item id is missing"): [4],
        ("interactions", "time cannot be read"): [5],
        ("interactions", "time lies in the future"): [6],
        ("interactions", "rating is not a finite number"): [8, 9, 10],
        ("interactions", "time is missing"): [15],
        ("interactions", "same user, item and time as an earlier row"): [12],
    }
    assert dataset.n_quarantined + len(dataset.interactions) == len(rows)
    assert np.isnan(dataset.interactions.ratings[2]) and dataset.interactions.ratings[0] == 5
    assert dataset.catalog.user_vocabulary.ids.to_list() == ["u1", "u4", "u8"]
    assert [remark.n_rows for remark in dataset.remarks if "rating: missing" in remark.what] == [1]


def test_rows_set_aside_keep_what_the_file_says(write, read):
    path = write("a.csv", "user_id,item_id,timestamp\nu1,i1,5\nu2,,soon\n")
    (entry,) = read("csv", interactions=path).quarantine
    assert entry.rows.to_dicts() == [{"row": 3, "user_id": "u2", "item_id": None, "timestamp": "soon"}]


def test_low_ratings_are_counted_not_set_aside(write, read, pairs):
    path = write("a.csv", "user_id,item_id,rating\nu1,i1,5\nu1,i2,3.5\nu2,i1,3\nu2,i3,\n")
    dataset = read("csv", interactions=path, rating_threshold=3.5)
    assert pairs(dataset) == [("u1", "i1"), ("u1", "i2")]
    assert dataset.n_below_threshold == 1
    assert [entry.reason for entry in dataset.quarantine] == ["rating is missing, and the recipe asks for a threshold"]
    with pytest.raises(DataError, match=r"1 interactions are rated below|3 interactions are rated below"):
        read("csv", interactions=path, rating_threshold=9)


def test_weights_are_at_least_zero(write, read, reasons):
    path = write("a.csv", "user_id,item_id,weight\nu1,i1,2\nu1,i2,-1\nu1,i3,x\nu1,i4,\nu1,i5,0\n")
    dataset = read("csv", interactions=path)
    assert dataset.interactions.weights.tolist() == [2, 0]
    assert reasons(dataset) == {("interactions", "weight is not a finite number of at least 0"): [3, 4, 5]}


def test_columns_are_mapped(write, read):
    path = write("a.csv", "who,what,stars,when,fold,w\n7,007,4,2024-05-01,test,2\n8,9,3,2024-05-02,train,1\n")
    names = {
        "user_id": "who",
        "item_id": "what",
        "rating": "stars",
        "timestamp": "when",
        "part": "fold",
        "weight": "w",
    }
    dataset = read("csv", interactions=path, columns=names)
    assert dataset.interactions.to_frame().rows() == [
        ("7", "007", 4, 2, 1714521600000),
        ("8", "9", 3, 1, 1714608000000),
    ]
    assert dataset.parts.to_list() == ["test", "train"]


def test_all_missing_columns_are_named_at_once(write, read):
    a, b = write("a.csv", "user_id,movieId,stars\n1,2,3\n"), write("b.csv", "movie,title\n1,x\n")
    with pytest.raises(DataError) as error:
        read("csv", interactions=a, items=b, columns={"item_id": "movie_id", "rating": "star"}, lists={"genre": "|"})
    shown = [str(fault) for fault in error.value.faults]
    assert [text.split(":")[0] for text in shown] == [
        f"{a}, column 'movie_id'",
        f"{a}, column 'star'",
        f"{b}, column 'item_id'",
    ]
    assert "Did you mean 'movieId'?" in shown[0] and "Did you mean 'stars'?" in shown[1]
    assert "item_columns: {item_id: ...}" in shown[2]


def test_rules_that_fit_no_column_are_refused(write, read):
    a, b = write("a.csv", "user_id,item_id\n1,2\n"), write("b.csv", "item_id,genres\n2,x\n")
    with pytest.raises(DataError) as error:
        read("csv", interactions=a, items=b, lists={"genre": "|"}, rating_threshold=4)
    assert [fault.where for fault in error.value.faults] == ["data.source.lists.genre", "data.source.rating_threshold"]
    assert "Did you mean 'genres'?" in str(error.value)


def test_rows_follow_the_tables_then_first_appearance(write, read):
    a = write("a.csv", "user_id,item_id\nu2,i9\nu1,i2\nu2,i8\nu3,i1\n")
    items, users = write("i.csv", "item_id,title\ni1,A\ni2,B\ni3,C\n"), write("u.csv", "user_id,age\nu1,20\n")
    dataset = read("csv", interactions=a, items=items, users=users)
    assert dataset.catalog.item_vocabulary.ids.to_list() == ["i1", "i2", "i3", "i9", "i8"]
    assert dataset.catalog.user_vocabulary.ids.to_list() == ["u1", "u2", "u3"]
    assert dataset.catalog.items["title"].to_list() == ["A", "B", "C", None, None]
    assert dataset.catalog.users["age"].to_list() == [20, None, None]
    assert [(remark.table, remark.n_rows) for remark in dataset.remarks] == [("interactions", 2), ("interactions", 3)]
    assert dataset.remarks[0].examples.rows() == [("i9", 1), ("i8", 1)]


def test_ids_of_rows_set_aside_get_no_row(write, read):
    path = write("a.csv", "user_id,item_id,timestamp\nu1,i1,x\nu2,i2,3\nu3,i3,\nu4,i4,5\n")
    dataset = read("csv", interactions=path)
    assert dataset.catalog.user_vocabulary.ids.to_list() == ["u2", "u4"]
    assert dataset.catalog.item_vocabulary.ids.to_list() == ["i2", "i4"]


def test_a_column_without_times_is_no_fault_of_the_rows(write, read):
    path = write("a.csv", "user_id,item_id,timestamp,rating\nu1,i1,,\nu2,i2,,\n")
    dataset = read("csv", interactions=path)
    assert dataset.interactions.timestamps is None and dataset.interactions.ratings is None
    assert len(dataset.interactions) == 2 and dataset.quarantine == ()


def test_blocks_do_not_change_what_is_read(write, read, monkeypatch):
    random = np.random.default_rng(0)
    table = pl.DataFrame(
        {
            "user_id": random.integers(0, 40, 500),
            "item_id": [f"i{row}" if row % 11 else "" for row in random.integers(0, 60, 500)],
            "timestamp": random.integers(0, 5, 500),
        }
    )
    path = write("a.csv", table.write_csv())
    whole = read("csv", interactions=path)
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 100)
    pieces = read("csv", interactions=path)
    assert pieces.fingerprint == whole.fingerprint
    assert [entry.rows.rows() for entry in pieces.quarantine] == [entry.rows.rows() for entry in whole.quarantine]


def test_the_fingerprint_tells_contents_apart(write, read):
    text = "user_id,item_id,timestamp\nu1,i1,1\nu2,i2,2\n"
    first, again = (read("csv", interactions=write(name, text)).fingerprint for name in ("a.csv", "b.csv"))
    other = read("csv", interactions=write("c.csv", text.replace(",2\n", ",3\n"))).fingerprint
    assert first == again != other and len(first) == 64


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=40),
    has_times=st.booleans(),
)
def test_duplicates_are_those_python_finds(rows, has_times):
    users, items, times = (np.array(column) for column in zip(*rows, strict=True))
    ids = pl.Series([str(row) for row in range(4)])
    cleaned = Cleaned(
        ids,
        ids,
        users.astype(np.int32),
        items.astype(np.int32),
        np.arange(len(rows)),
        times.astype(np.int64) if has_times else None,
        None,
        None,
        None,
        0,
    )
    keys = rows if has_times else [row[:2] for row in rows]
    assert later_duplicates(cleaned).tolist() == [key in keys[:place] for place, key in enumerate(keys)]
