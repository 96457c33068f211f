"""Times in every unit mean the same moment."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.sources._times import detect_unit, to_ms

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1975, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@settings(max_examples=80, deadline=None)
@given(moments=st.lists(MOMENTS, min_size=1, max_size=5), unit=st.sampled_from(["s", "ms", "us"]), text=st.booleans())
def test_numbers_in_every_unit(moments, unit, text):
    step = {"s": timedelta(seconds=1), "ms": timedelta(milliseconds=1), "us": timedelta(microseconds=1)}[unit]
    numbers = [(moment - EPOCH) // step for moment in moments]
    values = pl.Series([str(number) for number in numbers] if text else numbers)
    assert detect_unit(values) == unit
    per_ms = {"s": 1000, "ms": 1, "us": 1 / 1000}[unit]
    assert to_ms(values, unit).to_list() == [int(number * per_ms // 1) for number in numbers]


@settings(max_examples=80, deadline=None)
@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=5),
    form=st.sampled_from(
        ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S+00"]
    ),
)
def test_iso_text(moments, form):
    values = pl.Series([moment.strftime(form) for moment in moments])
    assert detect_unit(values) == "iso"
    assert to_ms(values, "iso").to_list() == [(moment - EPOCH) // timedelta(seconds=1) * 1000 for moment in moments]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02T03:04:05.5+02:00", datetime(2024, 1, 2, 1, 4, 5, 500_000, UTC)),
        ("2024-01-02T03:04:05-0130", datetime(2024, 1, 2, 4, 34, 5, 0, UTC)),
        ("2024-01-02 03:04", datetime(2024, 1, 2, 3, 4, tzinfo=UTC)),
        ("2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("2024/01/02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("2024-13-02", None),
        ("24/01/02", None),
        ("2-01-02 03:04", None),
        ("soon", None),
    ],
)
def test_forms_of_text(text, expected):
    known = None if expected is None else (expected - EPOCH) // timedelta(milliseconds=1)
    assert to_ms(pl.Series([text]), "iso").to_list() == [known]


def test_temporal_columns():
    assert to_ms(pl.Series([date(2024, 1, 2), None]), "iso").to_list() == [1704153600000, None]
    zoned = pl.Series([datetime(2024, 1, 2)]).dt.replace_time_zone("Asia/Shanghai")
    assert to_ms(zoned, "iso").to_list() == [1704153600000 - 8 * 3600 * 1000]
    assert to_ms(pl.Series([timedelta(days=1)]), "iso").to_list() == [None]


def test_positions_stay_as_they_are():
    values = pl.Series([0, 3, 17])
    assert detect_unit(values) == "position"
    assert to_ms(values, "position").to_list() == [0, 3, 17]


def test_fractions_of_seconds_and_what_is_no_number():
    values = pl.Series(["881250949.25", "881250950", " 881250951 ", "x", "nan", "1e30", "99999999999999999999", None])
    assert detect_unit(values) == "s"
    assert to_ms(values, "s").to_list() == [881250949250, 881250950000, 881250951000, None, None, None, None, None]


def test_most_values_decide():
    assert detect_unit(pl.Series(["2024-01-01", "2024-01-02", "881250949"])) == "iso"
    assert detect_unit(pl.Series(["x", "881250949", "881250949"])) == "s"
    assert detect_unit(pl.Series([881250949.0, float("nan")])) == "s"
    assert detect_unit(pl.Series([None, None], dtype=pl.String)) is None
