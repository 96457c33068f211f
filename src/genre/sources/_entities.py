"""Reads tables of items, users, graph and links, and sets aside rows that cannot be used."""

from __future__ import annotations

import polars as pl

from genre.sources._ids import bare_ids, plain_ids, require_plain
from genre.sources._inputs import Rules, TableInput, named
from genre.sources._joining import joined
from genre.sources._ledger import Ledger
from genre.sources._types import flat_lists, numbers_with_points, split_lists, typed
from genre.values import columns


def read_entities(word: str, given: TableInput, key: str, rules: Rules, ledger: Ledger) -> pl.DataFrame:
    """The items or users: `key` (text, unique) first, then all other columns with their types.

    Args:
        word: items or users.
        key: item_id or user_id.
    """
    numbered = with_ids(read_whole(word, given, ledger), (key,), given)
    numbered = set_aside(word, numbered, pl.col(key).is_null(), f"{spoken(key)} is missing", ledger)
    repeated = ~pl.col(key).is_first_distinct()
    numbered = set_aside(word, numbered, repeated, f"{spoken(key)} stands in an earlier row", ledger)
    kept = split_lists(flat_lists(word, numbered, ledger), rules.lists, rules.numbers)
    names = our_names(given)
    untyped = {name for name, column in names.items() if given.table.is_untyped(column)} - {key}
    kept = numbers_with_points(kept, untyped, rules.decimal)
    return typed(word, kept, untyped, rules.numbers, ledger).select(key, pl.exclude(columns.ROW, key))


def read_texts(word: str, given: TableInput, needed: tuple[str, ...], ledger: Ledger) -> pl.DataFrame:
    """The graph or links: the columns `needed` as text; rows that lack one are set aside."""
    numbered = with_ids(read_whole(word, given, ledger).select(columns.ROW, *needed), needed, given)
    for name in needed:
        numbered = set_aside(word, numbered, pl.col(name).is_null(), f"{spoken(name)} is missing", ledger)
    return numbered.select(needed)


def read_whole(word: str, given: TableInput, ledger: Ledger) -> pl.DataFrame:
    """The whole table under our names, with its row numbers in front."""
    names = our_names(given)
    ours = [pl.col(column).alias(name) for name, column in names.items()]
    frames = []
    for batch in given.table.batches(list(dict.fromkeys(names.values()))):
        ledger.set_aside_broken(word, batch.broken)
        frames.append(batch.frame.select(pl.Series(columns.ROW, batch.rows), *ours))
    if not frames:
        return pl.DataFrame(schema={columns.ROW: pl.Int64} | dict.fromkeys(names, pl.String))
    return joined(frames)


def our_names(given: TableInput) -> dict[str, str]:
    """As `named`; a column called like our row number makes room for it."""
    names = named(given.table.columns, given.columns)
    return {f"{name}_" if name == columns.ROW else name: column for name, column in names.items()}


def with_ids(frame: pl.DataFrame, names: tuple[str, ...], given: TableInput) -> pl.DataFrame:
    """The columns `names` as ids: text without space around, null where there is none.

    Entities of a graph stay as they are written: they stand in several columns, which must agree.
    """
    for name in names:
        require_plain(given.table.path, name, frame.schema[name])
    read = {name: plain_ids if name in (columns.USER_ID, columns.ITEM_ID) else bare_ids for name in names}
    return frame.with_columns(read[name](frame[name]).alias(name) for name in names)


def set_aside(word: str, frame: pl.DataFrame, bad: pl.Expr, reason: str, ledger: Ledger) -> pl.DataFrame:
    ledger.set_aside(word, reason, frame.filter(bad))
    return frame.filter(~bad)


def spoken(name: str) -> str:
    return name.replace("_", " ")
