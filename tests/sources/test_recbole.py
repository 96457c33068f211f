"""Atomic files: typed headers, sequences, the files of a folder."""

import pytest

from genre.core.errors import DataError

INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t10\t4\t881250949\n2\t20\t3\t891717742\n"


@pytest.fixture
def folder(write, tmp_path):
    write("toy.inter", INTER)
    write(
        "toy.item",
        'item_id:token\tname:token_seq\tclass:token_seq\tprice:float\tv:float_seq\n10\tToy Story\tA "B\t1.5\t1 2.5\n',
    )
    write("toy.kg", "head_id:token\trelation_id:token\ttail_id:token\nm1\tr\tm2\n")
    write("toy.link", "item_id:token\tentity_id:token\n10\tm1\n")
    return tmp_path


def test_types_come_from_the_headers(folder, read):
    dataset = read("recbole", path=folder, texts=["title"], item_columns={"title": "name"})
    assert dataset.interactions.to_frame().rows() == [("1", "10", 4, 881250949000), ("2", "20", 3, 891717742000)]
    assert dataset.catalog.items.rows(named=True)[0] == {
        "item_id": "10",
        "title": "Toy Story",
        "class": ["A", '"B'],
        "price": 1.5,
        "v": [1.0, 2.5],
    }
    assert dataset.catalog.graph.rows() == [("m1", "r", "m2")]
    assert dataset.catalog.links.rows() == [("10", "m1")]


def test_a_file_of_the_folder_names_the_set(folder, write, read):
    write("other.inter", INTER)
    assert len(read("recbole", path=folder / "toy.inter").catalog.items) == 2
    with pytest.raises(DataError, match=r"holds 2 \.inter files"):
        read("recbole", path=folder)


def test_headers_without_types_are_refused(write, read):
    path = write("a.inter", "user_id\titem_id:tokn\n1\t2\n")
    with pytest.raises(DataError) as error:
        read("recbole", path=path)
    assert [fault.where for fault in error.value.faults] == [
        f"{path}, row 1, column 'user_id'",
        f"{path}, row 1, column 'item_id:tokn'",
    ]
    assert "Did you mean 'token'?" in str(error.value)


def test_a_missing_file_is_named(read, tmp_path):
    with pytest.raises(DataError, match=r"no\.inter: there is no such file"):
        read("recbole", path=tmp_path / "no.inter")
    with pytest.raises(DataError, match=r"holds no \.inter file"):
        read("recbole", path=tmp_path)
