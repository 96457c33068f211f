"""Lists and splits as parquet, so that anyone can score them again with another tool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from genre.experiment.contest import Round
from genre.values import Split, columns
from genre.values.files import write_table


def write_lists(rounds: Sequence[Round], path: Path) -> Path:
    """One row per model, user and listed item: model, user_id, item_id, rank (1 is best), score.

    Several folds add a column `fold`.
    """
    write_table(lists_frame(rounds), path)
    return path


def lists_frame(rounds: Sequence[Round]) -> pl.DataFrame:
    """The table that `write_lists` writes."""
    frames = []
    for played in rounds:
        exam = played.exam
        users = exam.catalog.user_vocabulary.lookup(exam.user_rows)
        for outcome in played.outcomes:
            frame = outcome.judgement.rankings.to_frame(users, exam.catalog.item_vocabulary)
            frame = frame.select(pl.lit(outcome.name).alias(columns.MODEL), pl.all())
            frames.append(frame.with_columns(pl.lit(exam.split.fold).alias(columns.FOLD)))
    table = pl.concat(frames)
    return table if len(rounds) > 1 else table.drop(columns.FOLD)


def write_split(splits: Sequence[Split], folder: Path) -> Path:
    """train.parquet, valid.parquet and test.parquet (and history.parquet, where users are held out) in `folder`.

    Several folds have a folder each: fold_0, fold_1 ... Other files that are there stay.
    """
    for split in splits:
        place = folder / f"fold_{split.fold}" if len(splits) > 1 else folder
        table = split.to_frame()
        parts = table.partition_by(columns.PART, as_dict=True, include_key=False)
        for name in (columns.TRAIN, columns.VALID, columns.TEST, columns.HISTORY):
            part = parts.get((name,), table.clear().drop(columns.PART))
            if len(part) or name != columns.HISTORY:
                write_table(part, place / f"{name}.parquet")
    return folder
