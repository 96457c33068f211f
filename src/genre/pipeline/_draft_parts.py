"""Words for the parts of a split that tables already carry."""

from __future__ import annotations

import polars as pl

_WORDS = {
    "train": ("train", "training", "tr"),
    "valid": ("valid", "validation", "val", "dev", "va"),
    "test": ("test", "testing", "te", "eval"),
}


def part_words(series: pl.Series) -> dict[str, str] | None:
    """train, valid and test -> the column's word for it; None where its values are others.

    >>> part_words(pl.Series(["training", "dev", "test"]))
    {'train': 'training', 'valid': 'dev', 'test': 'test'}
    """
    words = series.drop_nulls().cast(pl.String).unique().to_list()
    found = {part: word for part, known in _WORDS.items() for word in words if word.strip().lower() in known}
    is_whole = len(found) == len(words) and {"train", "test"} <= set(found)
    return found if is_whole else None
