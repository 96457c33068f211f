"""Ids are one form whatever a table calls them; where two tables do not meet or a column mixes kinds, it is said."""

import polars as pl
import pytest

from genre.sources._ids import plain_ids


def test_whole_numbers_written_as_floats_are_whole_numbers():
    assert plain_ids(pl.Series(["9.0", "10", None, " 7.00 "])).to_list() == ["9", "10", None, "7"]
    assert plain_ids(pl.Series(["1.0", "1.5"])).to_list() == ["1.0", "1.5"]
    assert plain_ids(pl.Series(["1.0", "i1"])).to_list() == ["1.0", "i1"]
    assert plain_ids(pl.Series([9.0, None])).to_list() == ["9", None]


@pytest.mark.parametrize("block", [1 << 24, 40])
def test_items_of_pandas_floats_meet_interactions_of_integers(write, read, pairs, monkeypatch, block):
    monkeypatch.setattr("genre.sources._blocks.BLOCK_BYTES", block)
    items = "item_id,title\n" + "".join(f"{row}.0,t{row}\n" for row in range(8))
    whole = "user_id,item_id\n" + "".join(f"u{row},{row}\n" for row in range(8))
    floats = whole.replace("\nu", "\n").replace("0\n", "0.0\n").replace("3\n", "3.0\n")
    first = read("csv", interactions=write("a.csv", whole), items=write("i.csv", items))
    second = read("csv", interactions=write("b.csv", floats), items=write("i.csv", items))
    ids = [str(row) for row in range(8)]
    for dataset in (first, second):
        assert dataset.catalog.item_vocabulary.ids.to_list() == ids and dataset.remarks == ()
        assert [item for _, item in pairs(dataset)] == ids


def test_every_kind_of_file_gives_the_same_ids(write, read, tmp_path):
    frame = pl.DataFrame({"user_id": [1.0, 2.0, 9.0], "item_id": [5.0, 6.0, 5.0]})
    frame.write_parquet(tmp_path / "a.parquet")
    paths = {
        "csv": write("a.csv", frame.write_csv()),
        "parquet": tmp_path / "a.parquet",
        "jsonl": write("a.jsonl", frame.write_ndjson()),
    }
    vocabularies = [read(kind, interactions=path).catalog.user_vocabulary.ids.to_list() for kind, path in paths.items()]
    assert vocabularies == [["1", "2", "9"]] * 3


@pytest.mark.parametrize(("n_met", "is_fault"), [(0, True), (1, True), (4, False)])
def test_tables_that_do_not_meet_are_a_fault_with_both_sides(write, read, n_met, is_fault):
    described = [f"{row}" if row < n_met else f"x{row:02}" for row in range(40)]
    a = write("a.csv", "user_id,item_id\n" + "".join(f"u{row:02},{row}\n" for row in range(40)))
    b = write("b.csv", "item_id,title\n" + "".join(f"{id},t\n" for id in described))
    found = [remark for remark in read("csv", interactions=a, items=b).remarks if "table of items" in remark.what]
    (remark,) = found
    assert remark.is_fault == is_fault and remark.n_rows == 40 - n_met and remark.mend
    if is_fault:
        assert remark.examples.columns == ["item_id of the interactions", "item_id of the items"]
        assert remark.examples["item_id of the interactions"][0] == str(n_met)


@pytest.mark.parametrize(
    ("ids", "is_mixed"),
    [
        (["5", "6.0", "i7"], True),
        (["5", "i7", "i8"], True),
        (["5", "6.0", "7"], False),
        (["0005119367", "B00006HAXW", "B0000630X2"], False),
        (["i5", "i6"], False),
    ],
)
def test_numbers_among_texts_are_remarked(write, read, ids, is_mixed):
    path = write("a.csv", "user_id,item_id\n" + "".join(f"u{row},{id}\n" for row, id in enumerate(ids)))
    found = [remark for remark in read("csv", interactions=path).remarks if "numbers and texts" in remark.what]
    assert len(found) == is_mixed
    if is_mixed:
        assert found[0].n_rows == 1 and {"5", "i7"} <= set(found[0].examples["item_id"])
