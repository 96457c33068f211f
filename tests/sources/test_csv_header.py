"""A first row of data is told from names of columns."""

import polars as pl
import pytest

from genre.sources._csv_header import is_data, is_name


@pytest.mark.parametrize(
    ("text", "is_lost"),
    [
        ("u0,i9,5,1600067725\nu0,i8,4,1600067726\n", True),
        ("u0,i9\nu1,i9\n", True),
        ("u0,2020-09-14\nu1,2020-09-15\n", True),
        ("user_id,item_id\nu0,i9\nuser_id,item_id\n", False),
        ("item_id,2019,2020\ni9,4,5\ni8,3,3\n", False),
        ("who,what\nu0,i9\nu0,i8\n", False),
        ("movieId,kind\n1,film\n2,book\n", False),
    ],
)
def test_first_rows(text, is_lost):
    cells = text.partition("\n")[0].split(",")
    rows = pl.read_csv(text.encode(), infer_schema=False, has_header=False).slice(1)
    assert is_data(cells, rows, sum(map(is_name, cells))) == is_lost


def test_a_lost_first_row_is_remarked(write, read):
    path = write("a.csv", "u0,i9,5\nu1,i9,4\nu0,i8,3\n")
    dataset = read("csv", interactions=path, columns={"user_id": "u0", "item_id": "i9"})
    (remark,) = [remark for remark in dataset.remarks if "first row" in remark.what]
    assert "(u0, i9, 5) looks like data" in remark.what and "headers: {interactions" in remark.mend
    named = read("csv", interactions=path, headers={"interactions": ["user_id", "item_id", "rating"]})
    assert len(named.interactions) == 3 and named.remarks == ()


def test_a_header_with_a_repeated_cell_may_be_none(write, read):
    from genre.core.errors import DataError

    with pytest.raises(DataError, match="no header row"):
        read("csv", interactions=write("a.csv", "1,1,5\n2,1,4\n"))
