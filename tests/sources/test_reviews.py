"""Tables of reviews: rows become numbers, texts stay text, and what cannot be used is set aside with its reason."""

import polars as pl
import pytest

from genre.core.errors import DataError

INTERACTIONS = "user_id,item_id\nu1,i1\nu2,i2\nu2,i1\n"


@pytest.fixture
def reviewed(write, read):
    """The dataset of a table of reviews given as text or bytes."""

    def of(reviews, **fields):
        return read("csv", interactions=write("a.csv", INTERACTIONS), reviews=write("reviews.csv", reviews), **fields)

    return of


def test_ids_become_rows_and_everything_else_keeps_its_place(reviewed):
    text = 'user_id,item_id,text,year,rating,timestamp\nu2,i1,"fine, really",1999,4,1700000000\nu1,i1,7,,2.5,\n'
    reviews = reviewed(text).catalog.reviews
    assert reviews.schema == {
        "user_row": pl.Int32,
        "item_row": pl.Int32,
        "text": pl.String,
        "year": pl.String,
        "rating": pl.Float64,
        "timestamp": pl.Int64,
    }
    assert reviews.rows() == [(1, 0, "fine, really", "1999", 4.0, 1_700_000_000_000), (0, 0, "7", None, 2.5, None)]


def test_columns_get_our_names_and_lists_are_cut(reviewed):
    text = "who,what,when,labels,user_row\nu1,i1,2024-05-01,funny| long |,x\n"
    names = {"user_id": "who", "item_id": "what", "timestamp": "when"}
    reviews = reviewed(text, review_columns=names, lists={"labels": "|"}).catalog.reviews
    expected = {"user_row": 0, "item_row": 0, "timestamp": 1_714_521_600_000, "labels": ["funny", "long"]}
    assert reviews.rows(named=True) == [{**expected, "user_row_": "x"}]


def test_a_user_of_the_users_table_may_write_without_interactions(reviewed, write):
    text = "user_id,item_id,text\nu9,i1,hello\n"
    dataset = reviewed(text, users=write("users.csv", "user_id,age\nu9,30\nu1,20\n"))
    assert dataset.catalog.reviews.rows() == [(0, 0, "hello")]
    assert dataset.catalog.user_vocabulary.ids[0] == "u9"


def test_rows_without_use_are_set_aside_with_their_reason(reviewed, reasons):
    rows = [
        "u1,i1,good,1700000000",  # 2
        ",i1,who,1700000000",
        "u1,,what,1700000000",
        "u8,i1,a stranger,1700000000",
        "u1,i8,an unknown thing,1700000000",
        "u1,i1,  ,1700000000",
        "u1,i1,when,yesterday",
        "u1,i1,good,1700000000",
        "u1,i1,good,1700000009",
        "u1,i1,one,two,three",
    ]
    data = ("user_id,item_id,text,timestamp\n" + "\n".join(rows) + "\n").encode() + b"u1,i1,\xff\xfe,1700000000\n"
    dataset = reviewed(data)
    assert dataset.catalog.reviews["text"].to_list() == ["good", "good"]
    found = reasons(dataset)
    assert found.pop(("reviews", "same user, item, time and text as an earlier row")) == [9]
    assert found.pop(("reviews", "user id is missing")) == [3]
    assert found.pop(("reviews", "item id is missing")) == [4]
    assert found.pop(("reviews", "user id is known to neither the interactions nor a table of users")) == [5]
    assert found.pop(("reviews", "item id is known to neither the interactions nor a table of items")) == [6]
    assert found.pop(("reviews", "nothing is written")) == [7]
    assert found.pop(("reviews", "time cannot be read")) == [8]
    assert sorted(row for rows in found.values() for row in rows) == [11, 12], "too many values, and broken UTF-8"
    assert all(entry.mend for entry in dataset.quarantine)


def test_ratings_that_are_none_are_left_empty_with_a_remark(reviewed):
    dataset = reviewed("user_id,item_id,text,rating\nu1,i1,a,5\nu2,i1,b,great\n")
    assert dataset.catalog.reviews["rating"].to_list() == [5, None]
    assert [(remark.table, remark.what) for remark in dataset.remarks] == [
        ("reviews", "rating: not a number, left empty")
    ]


def test_parquet_holds_bytes_and_lists(read, tmp_path, reasons):
    pl.DataFrame({"user_id": ["u1"], "item_id": ["i1"]}).write_parquet(tmp_path / "a.parquet")
    texts = {"text": ["née".encode(), b"\xff\xfe", None], "tags": [["a", None], ["b"], []]}
    table = pl.DataFrame({"user_id": ["u1"] * 3, "item_id": ["i1"] * 3, **texts})
    table.write_parquet(tmp_path / "r.parquet")
    dataset = read("parquet", interactions=tmp_path / "a.parquet", reviews=tmp_path / "r.parquet")
    assert dataset.catalog.reviews.rows() == [(0, 0, "née", ["a", None])]
    assert reasons(dataset) == {
        ("reviews", "text: text is not UTF-8"): [2],
        ("reviews", "nothing is written"): [3],
    }


def test_jsonl(read, write):
    rows = '{"user_id": "u1", "item_id": "i1", "text": "long ago", "votes": {"up": 3}}\n'
    interactions = write("a.jsonl", '{"user_id": "u1", "item_id": "i1"}\n')
    dataset = read("jsonl", interactions=interactions, reviews=write("r.jsonl", rows))
    assert dataset.catalog.reviews.rows() == [(0, 0, "long ago", '{"up":3}')]


def test_recbole_keeps_sequences_as_running_text(read, write):
    write("shop.inter", "user_id:token\titem_id:token\nu1\ti1\n")
    write("shop.review", "user_id:token\titem_id:token\ttext:token_seq\nu1\ti1\tgood and cheap\n")
    dataset = read("recbole", path=write("shop.item", "item_id:token\ni1\n").parent)
    assert dataset.catalog.reviews.rows() == [(0, 0, "good and cheap")]


BROKEN = {
    "no text": ("user_id,item_id,rating\nu1,i1,5\n", "nothing to read"),
    "no item": ("user_id,movie,text\nu1,i1,hi\n", "column 'item_id': is not in this table of reviews"),
    "no rows": ("user_id,item_id,text\n", "holds a header and no rows"),
    "strangers only": ("user_id,item_id,text\nx,i1,hi\ny,i1,ho\n", "no usable row of reviews is left"),
    "blank only": ("user_id,item_id,text\nu1,i1, \n", "nothing is written"),
    "empty file": ("", "reviews.csv"),
    "bytes": (b"\x00\x01\x02\x03", "reviews.csv"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_table_of_no_use_is_refused_by_name(reviewed, case):
    content, message = BROKEN[case]
    with pytest.raises(DataError) as refused:
        reviewed(content)
    assert message in str(refused.value)
    assert all(fault.mend for fault in refused.value.faults)


def test_a_missing_file_and_a_wrong_column_are_named_together(read, write, tmp_path):
    fields = {"reviews": tmp_path / "none.csv", "columns": {"user_id": "nobody"}}
    with pytest.raises(DataError) as refused:
        read("csv", interactions=write("a.csv", INTERACTIONS), **fields)
    assert len(refused.value.faults) == 2 and "none.csv" in str(refused.value)


def test_the_fingerprint_knows_the_reviews(reviewed):
    marks = {reviewed(f"user_id,item_id,text\nu1,i1,{text}\n").fingerprint for text in ("a", "b", "a")}
    assert len(marks) == 2
