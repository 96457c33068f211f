"""Reads tables of items, users, graph and links, and sets aside rows that cannot be used."""

from __future__ import annotations

import polars as pl

from genre.sources._ids import as_ids
from genre.sources._inputs import Rules, TableInput, renamed
from genre.sources._ledger import Ledger
from genre.sources._types import split_lists, typed
from genre.values import columns


def read_entities(word: str, given: TableInput, key: str, rules: Rules, ledger: Ledger) -> pl.DataFrame:
    """The items or users: `key` (text, unique) first, then all other columns with their types.

    Args:
        word: items or users.
        key: item_id or user_id.
    """
    numbered = _read(word, given, ledger).with_columns(_id(key))
    numbered = _set_aside(word, numbered, pl.col(key).is_null(), f"{_spoken(key)} is missing", ledger)
    repeated = ~pl.col(key).is_first_distinct()
    numbered = _set_aside(word, numbered, repeated, f"{_spoken(key)} stands in an earlier row", ledger)
    kept = split_lists(numbered, rules.lists, rules.numbers)
    names = renamed(given.table.columns, given.columns)
    untyped = {name for column, name in names.items() if given.table.is_untyped(column)} - {key}
    return typed(word, kept, untyped, rules.numbers, ledger).select(key, pl.exclude(columns.ROW, key))


def read_texts(word: str, given: TableInput, needed: tuple[str, ...], ledger: Ledger) -> pl.DataFrame:
    """The graph or links: the columns `needed` as text; rows that lack one are set aside."""
    numbered = _read(word, given, ledger).select(columns.ROW, *needed).with_columns(_id(name) for name in needed)
    for name in needed:
        numbered = _set_aside(word, numbered, pl.col(name).is_null(), f"{_spoken(name)} is missing", ledger)
    return numbered.select(needed)


def _read(word: str, given: TableInput, ledger: Ledger) -> pl.DataFrame:
    """The whole table under our names, with its row numbers in front."""
    names = renamed(given.table.columns, given.columns)
    clash = {name: f"{name}_" for name in names.values() if name == columns.ROW}
    frames = []
    for batch in given.table.batches(list(names)):
        ledger.set_aside_broken(word, batch.broken)
        frame = batch.frame.rename(names).rename(clash)
        frames.append(frame.select(pl.Series(columns.ROW, batch.rows), pl.all()))
    if not frames:
        return pl.DataFrame(schema={columns.ROW: pl.Int64} | dict.fromkeys(names.values(), pl.String))
    return pl.concat(frames, how="diagonal_relaxed")


def _id(name: str) -> pl.Expr:
    return pl.col(name).map_batches(lambda ids: as_ids(ids).str.strip_chars().replace("", None), pl.String)


def _set_aside(word: str, frame: pl.DataFrame, bad: pl.Expr, reason: str, ledger: Ledger) -> pl.DataFrame:
    ledger.set_aside(word, reason, frame.filter(bad))
    return frame.filter(~bad)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
