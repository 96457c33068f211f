"""Columns that are not read, times in a form of their own, decimal commas, and rows shown as the file has them."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.core.errors import RecipeError
from genre.sources._time_reader import TimeReader, is_form

CSV = "user_id,item_id,rating,timestamp,weight,part\n"


def ms(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("name", ["rating", "timestamp", "weight", "part"])
def test_a_column_called_none_is_not_read(write, read, name):
    path = write("a.csv", CSV + "u1,i1,bad,bad,bad,bad\nu2,i2,bad,bad,bad,bad\n")
    others = dict.fromkeys(("rating", "timestamp", "weight", "part"), "none")
    dataset = read("csv", interactions=path, columns=others)
    data = dataset.interactions
    assert len(data) == 2 and dataset.quarantine == () and dataset.parts is None
    assert data.ratings is None and data.timestamps is None and data.weights is None
    del others[name]
    if name == "part":
        assert read("csv", interactions=path, columns=others).parts.to_list() == ["bad", "bad"]
        return
    fine = write("b.csv", CSV + "u1,i1,1,1600067725,1,train\n")
    assert getattr(read("csv", interactions=fine, columns=others).interactions, f"{name}s") is not None


def test_atomic_files_can_leave_columns_unread(write, read):
    path = write("a.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:token\nu\ti\t4,5\t15.09.2020\n")
    bare = read("recbole", path=path, columns={"rating": "none", "timestamp": "none"}).interactions
    assert bare.ratings is None and bare.timestamps is None
    data = read("recbole", path=path, decimal=",", time_format="%d.%m.%Y").interactions
    assert data.ratings.tolist() == [4.5] and data.timestamps.tolist() == [ms(2020, 9, 15)]


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("%d.%m.%Y %H:%M", "15.09.2020 10:05", (2020, 9, 15, 10, 5)),
        ("%m/%d/%Y", "09/15/2020", (2020, 9, 15)),
        ("%d/%m/%Y", "09/11/2020", (2020, 11, 9)),
        ("%b %d, %Y %I:%M %p", "Sep 15, 2020 10:05 PM", (2020, 9, 15, 22, 5)),
        ("%a %b %d %H:%M:%S %z %Y", "Tue Sep 15 10:00:00 +0200 2020", (2020, 9, 15, 8)),
        ("%Y%m%d", "20200915", (2020, 9, 15)),
    ],
)
def test_times_in_a_form_of_their_own(write, read, reasons, form, text, moment):
    path = write("a.csv", f'user_id,item_id,timestamp\nu1,i1,"{text}"\nu2,i2,2020\n')
    dataset = read("csv", interactions=path, time_format=form)
    assert dataset.interactions.timestamps.tolist() == [ms(*moment)]
    assert reasons(dataset) == {("interactions", "time cannot be read"): [3]}


@pytest.mark.parametrize("form", ["%d.%m", "soon", "%H:%M", "%"])
def test_forms_that_tell_no_day_are_refused(form):
    assert not is_form(form)
    source = {"type": "csv", "interactions": "a.csv", "time_format": form}
    with pytest.raises(RecipeError) as caught:
        load_recipe({"data": {"source": source}, "recommender": "popularity"})
    (fault,) = caught.value.faults
    assert fault.where == "data.source.time_format" and "strptime" in fault.mend


def test_decimal_commas(write, read):
    lines = "user_id;item_id;rating;weight;timestamp\nu1;i1;3,5;0,25;1600067725,5\nu2;i2;4;1;1600067726\n"
    items = "item_id;price;codes;year\ni1;2,75;1,2;1999\ni2;10;1,2,3;2000\n"
    paths = {"interactions": write("a.csv", lines), "items": write("b.csv", items)}
    dataset = read("csv", **paths, decimal=",")
    data = dataset.interactions
    assert dataset.quarantine == ()
    assert data.ratings.tolist() == [3.5, 4] and data.weights.tolist() == [0.25, 1]
    assert data.timestamps.tolist() == [1600067725500, 1600067726000]
    assert dataset.catalog.items["price"].to_list() == [2.75, 10]
    assert dataset.catalog.items["codes"].to_list() == ["1,2", "1,2,3"]
    assert read("csv", **paths, decimal=",", lists={"codes": ","}).catalog.items["codes"].to_list()[1] == [
        "1",
        "2",
        "3",
    ]


@pytest.mark.parametrize("when", ["15.09.2020", "1600128000"])
def test_reviews_are_written_like_the_interactions_or_in_a_way_of_their_own(write, read, when):
    a = write("a.csv", "user_id;item_id;rating;timestamp\nu1;i1;3,5;15.09.2020\n")
    b = write("b.csv", f"user_id;item_id;rating;timestamp;text\nu1;i1;3,5;{when};fine\n")
    dataset = read("csv", interactions=a, reviews=b, decimal=",", time_format="%d.%m.%Y")
    assert dataset.quarantine == ()
    assert dataset.catalog.reviews.select("rating", "timestamp").rows() == [(3.5, ms(2020, 9, 15))]


def test_seconds_among_dates_and_dates_among_seconds_are_read(write, read):
    dates = "u1,i1,2020-09-14 07:15:25\nu2,i2,1600067726\nu3,i3,2020-09-14T07:15:27.5Z\n"
    numbers = "u1,i1,1600067725\nu2,i2,1600067726\nu3,i3,2020-09-14T07:15:27.5Z\n"
    for rows in (dates, numbers):
        dataset = read("csv", interactions=write("a.csv", "user_id,item_id,timestamp\n" + rows))
        assert dataset.interactions.timestamps.tolist() == [1600067725000, 1600067726000, 1600067727500]
        (remark,) = dataset.remarks
        assert remark.n_rows == 1 and "both are read" in remark.what and remark.mend


def test_places_in_an_order_do_not_mix_with_times():
    assert TimeReader().read(pl.Series(["1", "2", "2020-09-14"])).to_list() == [1, 2, None]
    assert TimeReader().read(pl.Series(["2020-09-14", "2020-09-15", "5"])).null_count() == 1
    assert TimeReader("s").read(pl.Series(["1600067725", "2020-09-14"])).null_count() == 1


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ("1600067725", {}),
        ("1600067725123", {}),
        ("17", {}),
        ("2020-09-14T07:15:25", {}),
        ("2020-09-14", {}),
        ("14.09.2020 07:15", {"time_format": "%d.%m.%Y %H:%M"}),
    ],
)
def test_duplicates_show_times_as_the_file_has_them(write, read, written, fields):
    path = write("a.csv", f"user_id,item_id,timestamp\nu1,i1,{written}\nu1,i1,{written}\n")
    (entry,) = read("csv", interactions=path, **fields).quarantine
    assert [str(value) for value in entry.rows["timestamp"]] == [written]


def test_rows_without_a_time_show_none(write, read):
    path = write("a.csv", "user_id,item_id,timestamp\nu1,i1,1600067725\nu1,i2,\n")
    (entry,) = read("csv", interactions=path).quarantine
    assert entry.rows["timestamp"].to_list() == [None]


@pytest.mark.parametrize("per_s", [1, 10**3, 10**6, 10**9])
def test_what_was_read_can_be_written(per_s):
    values = pl.Series(1_600_067_725 * per_s + np.arange(3) * max(per_s // 1000, 1))
    reader = TimeReader()
    assert reader.written(reader.read(values)).to_list() == values.to_list()
