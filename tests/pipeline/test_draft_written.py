"""However numbers and times are written, the draft reads them or leaves them out, says so, and runs."""

import datetime

import numpy as np
import polars as pl
import pytest

from genre.core.slot import Slot
from genre.pipeline._draft_columns import look
from genre.sources._tables import TableSource


@pytest.fixture
def table(ratings):
    """The ratings under the names that sources read without being told."""
    return ratings.rename({"user": "user_id", "item": "item_id", "time": "timestamp"})


@pytest.fixture
def tried(drafted, tmp_path):
    """Draft from one CSV, see that it checks, and read its interactions."""

    def run(frame, **csv):
        frame.write_csv(tmp_path / "r.csv", **csv)
        found, recipe = drafted("r.csv")
        source = Slot("sources").build(recipe.data.source)
        assert isinstance(source, TableSource)
        return found.text, recipe, source.read()

    return run


def when(form):
    return pl.from_epoch("timestamp", "s").dt.strftime(form).alias("timestamp")


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M"),
        ("%m/%d/%Y", "%m/%d/%Y"),
        ("%d/%m/%y %H:%M:%S", "%d/%m/%y %H:%M:%S"),
        ("%b %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p"),
        ("%a %b %d %H:%M:%S +0000 %Y", "%a %b %d %H:%M:%S %z %Y"),
        ("%Y%m%d %H:%M", "%Y%m%d %H:%M"),
    ],
)
def test_times_in_one_form_are_read_by_it(tried, table, written, form):
    text, recipe, dataset = tried(table.with_columns(when(written)))
    assert recipe.data.source.time_format == form and recipe.data.splitter.type_name() == "temporal"
    assert dataset.quarantine == ()
    day = np.timedelta64(1, "D") // np.timedelta64(1, "ms")
    seconds = dataset.interactions.timestamps // day
    assert seconds.tolist() == (table["timestamp"] // 86_400).to_list()
    assert "such as " in text


def test_days_and_months_that_cannot_be_told_apart_are_not_read(tried, table):
    early = pl.format("{}/0{}/2020", pl.col("timestamp") % 9 + 1, pl.col("timestamp") // 60_000 % 9 + 1)
    text, recipe, dataset = tried(table.with_columns(timestamp=early))
    assert recipe.data.source.columns.timestamp == "none" and dataset.interactions.timestamps is None
    assert "timestamp: none  # 'timestamp' is not read: its times can be read as '%m/%d/%Y' and '%d/%m/%Y'" in text
    assert recipe.data.splitter.type_name() == "holdout"
    text, recipe, _ = tried(table.with_columns(timestamp=early).rename({"timestamp": "seen"}))
    assert recipe.data.source.columns.timestamp is None and "# 'seen' is not read: its times" in text


@pytest.mark.parametrize("separator", [";", ","])
def test_decimal_commas_are_read(tried, table, separator):
    halves = pl.format("{},5", "rating")
    frame = table.with_columns(rating=pl.when(pl.col("rating") > 3).then(halves).otherwise(pl.col("rating")))
    text, recipe, dataset = tried(frame, separator=separator)
    source = recipe.data.source
    assert source.decimal == "," and source.columns.rating == "rating" and dataset.quarantine == ()
    assert set(dataset.interactions.ratings.tolist()) == {1.0, 2.0, 3.0, 4.5, 5.5}
    assert "'rating' has commas before fractions" in text


def test_decimal_commas_of_items_are_read(drafted, table, films, tmp_path):
    table.write_csv(tmp_path / "r.csv", separator=";")
    priced = films.select(pl.col("item").alias("item_id"), "title", price=pl.format("{},25", "year"))
    priced.write_csv(tmp_path / "items.csv", separator=";")
    _, recipe = drafted("r.csv", "items.csv")
    assert recipe.data.source.decimal == ","
    assert {feature.name: feature.columns for feature in recipe.features}["numbers"] == ("price",)
    items = Slot("sources").build(recipe.data.source).read().catalog.items
    assert items["price"].to_list() == [1960.25 + row for row in range(len(films))]


def test_lists_of_numbers_are_no_decimals(films):
    kinds = pl.Series("kinds", ["1,2", "3", "2,3", "1"] * 10)
    assert look(kinds).kind == "list"
    assert look(kinds.alias("rating")).decimal == ","


def test_commas_between_thousands_are_left_out(tried, table):
    plays = pl.format("{},{}", pl.col("rating"), 100 + pl.col("timestamp") % 800)
    text, recipe, dataset = tried(table.with_columns(weight=plays))
    assert recipe.data.source.columns.weight == "none" and dataset.interactions.weights is None
    assert "between thousands" in text and dataset.quarantine == ()


def test_ratings_that_are_partly_no_numbers_are_left_out_whole(tried, table):
    odd = pl.when(pl.int_range(pl.len()) % 10 == 0).then(pl.lit("inf")).otherwise(pl.col("rating"))
    text, recipe, dataset = tried(table.with_columns(rating=odd))
    assert recipe.data.source.columns.rating == "none" and len(dataset.interactions) == len(table)
    assert "only 90% of its values are numbers" in text


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("weight", pl.col("rating") - 3, "its values begin at -2, below 0"),
        ("weight", pl.lit(1), "all of its values are 1"),
        ("weight", pl.when(pl.col("item_id") > 20).then(pl.col("rating")), "of the rows have none"),
        ("timestamp", pl.when(pl.col("item_id") > 20).then(pl.col("timestamp")), "of the rows have none"),
        ("timestamp", pl.lit("soon"), "all of its values are soon"),
        ("timestamp", pl.lit(None, pl.Int64), "it is empty"),
        ("part", pl.format("arm {}", pl.col("rating")), "are no words for train, valid and test"),
        ("rating", pl.format("{} stars of five", pl.col("rating")), "are no finite numbers"),
    ],
)
def test_columns_that_cannot_be_used_are_named_with_the_reason(tried, table, name, values, reason):
    text, recipe, dataset = tried(table.with_columns(values.alias(name)))
    assert getattr(recipe.data.source.columns, name) == "none" and dataset.quarantine == ()
    (line,) = [line for line in text.splitlines() if line.startswith(f"      {name}: none")]
    assert f"'{name}' is not read: " in line and reason in line


def test_fractions_of_seconds_and_dates_among_seconds_are_times(tried, table):
    _, recipe, dataset = tried(table.with_columns(timestamp=pl.col("timestamp") + 0.5))
    assert recipe.data.splitter.type_name() == "temporal"
    assert dataset.interactions.timestamps[0] == table["timestamp"][0] * 1000 + 500
    mixed = pl.when(pl.int_range(pl.len()) % 2 == 0).then(when("%Y-%m-%d")).otherwise(pl.col("timestamp"))
    _, recipe, dataset = tried(table.with_columns(mixed))
    assert recipe.data.splitter.type_name() == "temporal" and dataset.quarantine == ()
    assert dataset.interactions.timestamps[1] == table["timestamp"][1] * 1000


def test_the_source_reads_the_dates_that_the_draft_calls_times():
    """One rule for both: what is no time for the source is none for the draft."""
    dates = pl.Series("d", [datetime.date(2020, 1, 1) + datetime.timedelta(days=row) for row in range(30)])
    assert look(dates.dt.strftime("%Y/%m/%d")).unit == "date"
    assert look(dates.dt.strftime("%Y-%m-%dT10:30Z")).unit == "date"
    assert look(dates.dt.strftime("%Y-%j")).kind == "code"
