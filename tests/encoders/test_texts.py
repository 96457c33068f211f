import polars as pl
import pytest

from genre.core.errors import DataError
from genre.encoders.text._texts import row_texts, row_values


def test_values_are_joined_in_column_order_and_blanks_left_out() -> None:
    table = pl.DataFrame(
        {
            "title": [" Heat ", None, "", None],
            "year": [1995, 1999, None, None],
            "genres": [["Action", None, " Crime"], [], None, [""]],
        }
    )
    assert row_texts(table) == ["Heat. 1995. Action, Crime", "1999", "", ""]


def test_categories_and_arrays_are_text_too() -> None:
    table = pl.DataFrame(
        {
            "kind": pl.Series(["film", "series"], dtype=pl.Categorical),
            "tags": pl.Series([["a", "b"], ["c", "d"]], dtype=pl.Array(pl.String, 2)),
        }
    )
    assert row_texts(table) == ["film. a, b", "series. c, d"]


def test_no_columns_give_no_text() -> None:
    assert row_texts(pl.DataFrame({"a": ["x", "y"]}).select([])) in ([], ["", ""])


def test_columns_that_are_no_text_are_refused() -> None:
    with pytest.raises(DataError, match="columns blob: cannot be read as text"):
        row_texts(pl.DataFrame({"blob": [b"\xff\xfe"]}))


def test_values_of_lists_are_texts_of_their_own() -> None:
    table = pl.DataFrame(
        {
            "text": [["Fun ", None, "Slow"], [], None, [" "]],
            "tags": pl.Series([["a", "b"], ["c", "d"], [None, "e"], ["f", ""]], dtype=pl.Array(pl.String, 2)),
            "title": ["Heat", "Up", None, " "],
        }
    )
    assert row_values(table) == [["Fun. a. Heat", "b", "Slow"], ["c. Up", "d"], ["", "e"], ["f", ""]]
    assert row_values(table.select("title")) == [["Heat"], ["Up"], [], []]
    assert row_values(table.select("text")) == [["Fun", "", "Slow"], [], [], [""]]
