"""Tables of items, users, graph and links: ids, types, lists, remarks."""

import polars as pl
import pytest

from genre.core.errors import DataError

INTERACTIONS = "user_id,item_id\nu1,i1\nu2,i2\n"


@pytest.fixture
def catalog(write, read):
    """The dataset of an items table given as text."""

    def of(items, **fields):
        return read("csv", interactions=write("a.csv", INTERACTIONS), items=write("items.csv", items), **fields)

    return of


def test_items_without_an_id_or_with_one_taken_are_set_aside(catalog, reasons):
    dataset = catalog("item_id,title\ni1,A\n,B\ni2,C\ni1,D\n")
    assert dataset.catalog.items.rows() == [("i1", "A"), ("i2", "C")]
    assert reasons(dataset) == {
        ("items", "item id is missing"): [3],
        ("items", "item id stands in an earlier row"): [5],
    }


def test_numbers_are_recognised_and_zip_codes_are_not(catalog):
    items = catalog("item_id,year,price,zip,text\ni1,1995,1.5,01234,a\ni2,,2,94043,7\n").catalog.items
    assert items.schema == {
        "item_id": pl.String,
        "year": pl.Int64,
        "price": pl.Float64,
        "zip": pl.String,
        "text": pl.String,
    }
    assert items["year"].to_list() == [1995, None]


def test_texts_among_numbers_and_empty_texts_are_remarked(catalog):
    rows = "\n".join(f"i{row},{1900 + row}" for row in range(50))
    dataset = catalog(f"item_id,year\n{rows}\nx,unknown\ny,\n")
    assert dataset.catalog.items["year"].to_list()[-2:] == ["unknown", None]
    assert [(remark.what, remark.n_rows) for remark in dataset.remarks] == [
        ("year: no text", 1),
        ("year: text among numbers; the column is read as text", 1),
    ]
    assert dataset.remarks[1].examples.rows() == [(52, "unknown")]


def test_multi_valued_texts_become_lists(catalog):
    dataset = catalog("item_id,genres\ni1,Drama| Comedy ||War\ni2,\ni3,Drama\n", lists={"genres": "|"})
    assert dataset.catalog.items["genres"].to_list() == [["Drama", "Comedy", "War"], None, ["Drama"]]


def test_columns_get_our_names(catalog):
    text = "movieId,name,row,title\ni1,A,1,x\ni2,B,2,y\n"
    dataset = catalog(text, item_columns={"item_id": "movieId", "title": "name", "label": "name"})
    assert dataset.catalog.items.rows(named=True)[0] == {"item_id": "i1", "title": "A", "label": "A", "row_": 1}


def test_graph_and_links(write, read, reasons):
    dataset = read(
        "csv",
        interactions=write("a.csv", INTERACTIONS),
        graph=write("kg.csv", "h,r,t\nm1,directed_by,p1\nm2,,p1\n"),
        links=write("links.csv", "item_id,entity_id\ni1,m1\ni2,m2\n,m3\n"),
        graph_columns={"head": "h", "relation": "r", "tail": "t"},
    )
    assert dataset.catalog.graph.rows(named=True) == [{"head": "m1", "relation": "directed_by", "tail": "p1"}]
    assert dataset.catalog.links.rows() == [("i1", "m1"), ("i2", "m2")]
    assert reasons(dataset) == {("graph", "relation is missing"): [3], ("links", "item id is missing"): [4]}


def test_lists_are_no_ids(write, read, tmp_path):
    pl.DataFrame({"item_id": [["i1"], ["i2"]]}).write_parquet(tmp_path / "items.parquet")
    pl.DataFrame({"user_id": ["u"], "item_id": ["i"]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="column 'item_id': holds values of type List"):
        read("parquet", interactions=tmp_path / "a.parquet", items=tmp_path / "items.parquet")
