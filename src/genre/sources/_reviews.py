"""Reads tables of reviews: what users wrote about items."""

from __future__ import annotations

import polars as pl

from genre.sources._entities import read_whole, set_aside, spoken, with_ids
from genre.sources._ids import require_plain
from genre.sources._inputs import BESIDE_TEXT, NEEDED, REVIEWS, Rules, TableInput
from genre.sources._ledger import Ledger
from genre.sources._time_reader import TimeReader
from genre.sources._types import flat_lists, numbers_with_points, split_lists, typed
from genre.values import Vocabulary, columns

IDS = NEEDED[REVIEWS]
OURS = {name: f"{name}_" for name in (columns.USER_ROW, columns.ITEM_ROW)}
"""Columns called like our row numbers make room for them."""
COPY = "same user, item, time and text as an earlier row"


def read_reviews(given: TableInput, rules: Rules, users: Vocabulary, items: Vocabulary, ledger: Ledger) -> pl.DataFrame:
    """The reviews as the catalogue holds them: user_row, item_row, then the other columns, in the order of the file.

    Set aside are rows without user, item or text, those of users or items that are known to neither their tables nor
    the interactions, those with a time that cannot be read, and copies. Times in the interactions' form are read by it;
    how others are written is told from their size.
    """
    frame = with_ids(read_whole(REVIEWS, given, ledger).rename(OURS, strict=False), IDS, given)
    frame = _of_known(_of_known(frame, columns.USER_ID, users, ledger), columns.ITEM_ID, items, ledger)
    frame = _with_times(split_lists(_with_texts(frame, ledger), rules.lists, ()), given, rules, ledger)
    frame = _telling(flat_lists(REVIEWS, frame, ledger), ledger)
    rating = [columns.RATING] if columns.RATING in frame.columns else []
    kept = typed(REVIEWS, numbers_with_points(frame, rating, rules.decimal), rating, rating, ledger)
    rows = (users.rows(kept[columns.USER_ID]), items.rows(kept[columns.ITEM_ID]))
    numbers = [pl.Series(name, row, dtype=pl.Int32) for name, row in zip(OURS, rows, strict=True)]
    return kept.select(*numbers, pl.exclude(columns.ROW, *IDS))


def _of_known(frame: pl.DataFrame, name: str, known: Vocabulary, ledger: Ledger) -> pl.DataFrame:
    """Rows whose user or item there is."""
    frame = set_aside(REVIEWS, frame, pl.col(name).is_null(), f"{spoken(name)} is missing", ledger)
    reason = f"{spoken(name)} is known to neither the interactions nor a table of {name.removesuffix('_id')}s"
    return set_aside(REVIEWS, frame, pl.lit(pl.Series(known.rows(frame[name]) < 0)), reason, ledger)


def _with_texts(frame: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Bytes as text."""
    for name, dtype in frame.schema.items():
        if dtype == pl.Binary:
            texts = pl.Series(name, [_text(value) for value in frame[name]], dtype=pl.String)
            broken = pl.lit(texts.is_null() & frame[name].is_not_null())
            reason = f"{name}: text is not UTF-8"
            ledger.set_aside(REVIEWS, reason, frame.filter(broken).drop(name))
            frame = frame.with_columns(texts).filter(~broken)
    return frame


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _with_times(frame: pl.DataFrame, given: TableInput, rules: Rules, ledger: Ledger) -> pl.DataFrame:
    """Times in milliseconds, where there are any."""
    if columns.TIMESTAMP not in frame.columns:
        return frame
    raw = frame[columns.TIMESTAMP]
    require_plain(given.table.path, columns.TIMESTAMP, raw.dtype)
    raw = raw.cast(pl.String) if raw.dtype in (pl.Categorical, pl.Enum) else raw
    raw = raw.set(raw.str.strip_chars() == "", None) if raw.dtype == pl.String else raw
    times = TimeReader(form=rules.time_format).read(raw)
    if rules.time_format and times.null_count() == len(times):
        times = TimeReader().read(raw)
    broken = pl.lit(times.is_null() & raw.is_not_null())
    ledger.set_aside(REVIEWS, "time cannot be read", frame.filter(broken))
    return frame.with_columns(times.alias(columns.TIMESTAMP)).filter(~broken)


def _telling(frame: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Rows with a text that no earlier row has said in the same place."""
    texts = [name for name in frame.columns if name not in (columns.ROW, *BESIDE_TEXT)]
    said = [_said(name, frame.schema[name]).alias(name) for name in texts]
    frame = set_aside(REVIEWS, frame, pl.all_horizontal(text == "" for text in said), "nothing is written", ledger)
    beside = [name for name in (*IDS, columns.TIMESTAMP) if name in frame.columns]
    return set_aside(REVIEWS, frame, ~pl.struct([*map(pl.col, beside), *said]).is_first_distinct(), COPY, ledger)


def _said(name: str, dtype: pl.DataType) -> pl.Expr:
    """The value as one text, empty where there is none."""
    column = pl.col(name)
    if isinstance(dtype, pl.Struct):
        return column.struct.json_encode().fill_null("")
    if isinstance(dtype, pl.Array):
        column = column.arr.to_list()
    if dtype.is_nested():
        column = column.cast(pl.List(pl.String)).list.join("\n", ignore_nulls=True)
    return column.cast(pl.String).str.strip_chars().fill_null("")
