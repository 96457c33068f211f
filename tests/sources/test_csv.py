"""CSV: dialects, broken rows, encodings, packed files."""

import csv
import io

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genre.core.errors import DataError
from genre.sources import _blocks
from genre.sources._csv_layout import Dialect
from genre.sources._csv_table import CsvTable

PLAIN = "user_id,item_id,rating,timestamp\nu1,i1,5,881250949\nu2,i1,3,891717742\nu1,i2,1,878887116\n"


def test_reads_ids_ratings_and_times(write, read):
    dataset = read("csv", interactions=write("a.csv", PLAIN))
    assert dataset.interactions.to_frame().rows() == [
        ("u1", "i1", 5.0, 881250949000),
        ("u2", "i1", 3.0, 891717742000),
        ("u1", "i2", 1.0, 878887116000),
    ]
    assert dataset.quarantine == () and dataset.n_below_threshold == 0


@pytest.mark.parametrize("separator", [";", "\t", "|", "::"])
def test_the_separator_is_told_by_the_first_line(write, read, pairs, separator):
    dataset = read("csv", interactions=write("a.txt", PLAIN.replace(",", separator)))
    assert pairs(dataset) == [("u1", "i1"), ("u2", "i1"), ("u1", "i2")]


def test_names_come_from_the_recipe_where_there_is_no_header(write, read, pairs):
    path = write("u.data", "196\t242\t3\t881250949\r\n186\t302\t3\t891717742\r\n")
    with pytest.raises(DataError, match="no header row"):
        read("csv", interactions=path)
    names = ["user_id", "item_id", "rating", "timestamp"]
    dataset = read("csv", interactions=path, headers={"interactions": names})
    assert pairs(dataset) == [("196", "242"), ("186", "302")]


def test_gzip_byte_order_mark_and_dos_line_ends(write, read, pairs):
    dataset = read("csv", interactions=write("a.csv.gz", "\ufeff" + PLAIN.replace("\n", "\r\n")))
    assert pairs(dataset) == [("u1", "i1"), ("u2", "i1"), ("u1", "i2")]


def test_ragged_rows_are_set_aside_with_their_numbers(write, read, reasons, pairs):
    text = "user_id,item_id,rating\nu1,i1,5\nu2,i2\nu3,i3,4,9\n\nu4,i4,2\n"
    dataset = read("csv", interactions=write("a.csv", text))
    assert pairs(dataset) == [("u1", "i1"), ("u4", "i4")]
    assert reasons(dataset) == {
        ("interactions", "row has 2 values where the table has 3 columns"): [3],
        ("interactions", "row has 4 values where the table has 3 columns"): [4],
    }
    assert dataset.quarantine[1].examples["line"].to_list() == ["u3,i3,4,9"]


def test_broken_utf8_costs_its_own_row_only(write, read, reasons, pairs):
    text = "user_id,item_id\nu1,caf\u00e9\nu2,i2\n".encode() + b"u3,caf\xe9\nu4,i4\n"
    dataset = read("csv", interactions=write("a.csv", text))
    assert pairs(dataset) == [("u1", "caf\u00e9"), ("u2", "i2"), ("u4", "i4")]
    assert reasons(dataset) == {("interactions", "text is not valid UTF-8"): [4]}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_other_encodings_are_named(write, read, pairs, encoding):
    path = write("a.csv", "user_id,item_id\nJosé,café\n".encode(encoding))
    assert pairs(read("csv", interactions=path, encoding=encoding)) == [("José", "café")]


def test_chinese_text_in_its_own_encoding(write, read, pairs):
    path = write("a.csv", "user_id,item_id\n张三,你的名字\n".encode("gb18030"))
    assert pairs(read("csv", interactions=path, encoding="gb18030")) == [("张三", "你的名字")]


def test_broken_text_in_another_encoding_costs_its_own_row(write, read, reasons, pairs):
    content = "user_id,item_id\n张三,电影\n".encode("gb18030") + b"a\xff,b\nc,d\n"
    dataset = read("csv", interactions=write("a.csv", content), encoding="gb18030")
    assert pairs(dataset) == [("张三", "电影"), ("c", "d")]
    assert reasons(dataset) == {("interactions", "text is not valid UTF-8"): [3]}


def test_text_in_another_encoding_than_named(write, read):
    path = write("a.csv", "user_id,item_id\nu,i\n".encode("utf-16") + b"x")
    with pytest.raises(DataError, match="is not utf-16 text"):
        read("csv", interactions=path, encoding="utf-16")


def test_a_quote_that_is_never_closed_costs_its_own_line_only(write, read, reasons, pairs):
    text = 'user_id,item_id,note\nu1,i1,"a, b"\nu2,i2,"oops\nu3,i3,fine\nu4,i4,"c, d"\n'
    dataset = read("csv", interactions=write("a.csv", text))
    assert pairs(dataset) == [("u1", "i1"), ("u3", "i3"), ("u4", "i4")]
    assert reasons(dataset) == {("interactions", "a quote is opened and never closed"): [3]}


def test_lines_may_break_inside_quotes(write, read):
    items = write("items.csv", 'item_id,text\ni1,"one\ntwo ""three"""\ni2,four\n')
    dataset = read("csv", interactions=write("a.csv", PLAIN), items=items)
    assert dataset.catalog.items["text"].to_list() == ['one\ntwo "three"', "four"]


def test_rows_keep_their_numbers_over_blocks(write, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 64)
    lines = [f"u{row},i{row}" if row % 7 else f"u{row}" for row in range(2, 400)]
    table = CsvTable(write("a.csv", "user_id,item_id\n" + "\n".join(lines)))
    batches = list(table.batches())
    kept = [(int(row), user) for batch in batches for row, user in zip(batch.rows, batch.frame["user_id"], strict=True)]
    assert len(batches) > 10
    assert kept == [(row, f"u{row}") for row in range(2, 400) if row % 7]
    assert [row.row for batch in batches for row in batch.broken] == [row for row in range(2, 400) if not row % 7]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\x1f", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), block_bytes=st.integers(8, 200))
def test_what_python_writes_is_read_back(tmp_path_factory, rows, block_bytes):
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_blocks, "BLOCK_BYTES", block_bytes)
        patch.setattr(_blocks, "MAX_CARRIED_BLOCKS", 10**6)
        batches = list(CsvTable(path, Dialect(separator=",")).batches())
    assert not any(batch.broken for batch in batches)
    read = pl.concat([batch.frame for batch in batches]).rows() if batches else []
    assert read == [tuple(cell or None for cell in row) for row in rows if any(row)]


def test_words_for_nothing(write, read):
    items = write("items.csv", "item_id,title\ni1,NULL\ni2,\\N\ni3,Alien\n")
    dataset = read("csv", interactions=write("a.csv", PLAIN), items=items, null_values=["NULL", "\\N"])
    assert dataset.catalog.items["title"].to_list() == [None, None, "Alien"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"user_id,item_id\n", "holds a header and no rows"),
        (b"PAR1xxxx", "is a parquet file"),
        (b"PK\x03\x04xxxx", "zip archive"),
        ("user_id,item_id\nu,i\n".encode("utf-16"), "UTF-16"),
        (b"user_id,item_id\x00\n", "not a text table"),
        (b"\x1f\x8b\x08\x00broken", "gzip file is cut or broken"),
        (b"user_id,item_id,user_id\nu,i,u\n", "two columns are called 'user_id'"),
        (b'{"user_id": 1, "item_id": 2}\n', "Use the source jsonl"),
        (b"user_id,item_id\nu1,\n,i1\n", "no usable row of interactions is left"),
    ],
)
def test_useless_files_are_refused_by_name(write, read, content, said):
    path = write("a.csv", content)
    with pytest.raises(DataError, match=said) as error:
        read("csv", interactions=path)
    assert all(str(path) in fault.where and fault.mend for fault in error.value.faults)


def test_a_cut_gzip_file_is_refused(write, read):
    path = write("a.csv.gz", PLAIN * 200)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="gzip file is cut or broken"):
        read("csv", interactions=path)


def test_missing_files_and_folders_are_refused_together(write, read, tmp_path):
    write("ratings.csv", PLAIN)
    with pytest.raises(DataError) as error:
        read("csv", interactions=tmp_path / "rating.csv", items=tmp_path, users=tmp_path / "no" / "users.csv")
    shown = [str(fault) for fault in error.value.faults]
    assert len(shown) == 3
    assert "Did you mean 'ratings.csv'" in shown[0] and "is a folder" in shown[1] and "no folder" in shown[2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("\r\nu,i\n", "row 1: holds no column names.*headers"),
        ('user_id,"item_id\n' + "u,i\n" * 40_000, "row 1: cannot be taken apart.*quotes"),
    ],
)
def test_headers_that_cannot_be_read_are_refused(write, read, content, words):
    with pytest.raises(DataError, match=words):
        read("csv", interactions=write("a.csv", content))
