"""Columns that name pictures or sounds, and the folder in which they lie."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from genre.config.recipe import ENCODERS
from genre.pipeline._draft_tables import TableLook

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".aiff")
LOOKED_AT, NAMED_SHARE = 50, 0.9
"""Names that are looked at, and how many of them must end as names of pictures do."""


def media_kind(values: pl.Series) -> str:
    """`pictures` or `sounds`, which the values name; empty: neither."""
    if values.dtype != pl.String:
        return ""
    names = values.drop_nulls().str.strip_chars().str.to_lowercase().head(LOOKED_AT)
    for kind, endings in (("pictures", PICTURES), ("sounds", SOUNDS)):
        is_named = pl.Series([name.endswith(endings) for name in names], dtype=pl.Boolean)
        if len(names) and (is_named.mean() or 0.0) >= NAMED_SHARE:  # type: ignore[operator]
            return kind
    return ""


def picture_folder(table: TableLook, column: str) -> tuple[str, str]:
    """The folder of the pictures that a column names, empty if it cannot be read, and why."""
    folder = _folder(table.path.parent, table.frame[column])
    if folder is None:
        return "", f"its pictures are not in {table.path.parent} or a folder there: name one for pretrained_image"
    config = {"type": "pretrained_image", "folder": str(folder)}
    if ENCODERS.build(config).obstacles(table.frame.select(column)):
        return "", 'pictures need pip install "genre[image]"'
    return str(folder), "pictures, read by a pretrained model"


def _folder(beside: Path, values: pl.Series) -> Path | None:
    """The folder beside the table, or in the same one, in which half of the first names are found at least."""
    names = [name.strip() for name in values.drop_nulls().head(LOOKED_AT) if name.strip()]
    inner = sorted(path for path in beside.iterdir() if path.is_dir())
    for folder in (beside, *inner):
        if 2 * sum((folder / name).is_file() for name in names) >= len(names) > 0:
            return folder
    return None
