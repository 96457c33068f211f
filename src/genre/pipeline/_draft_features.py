"""Which columns of a table of items become features, and how they are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from genre.config.recipe import ENCODERS
from genre.pipeline import _draft_names as names
from genre.pipeline._draft_columns import ColumnLook
from genre.pipeline._draft_media import media_kind, picture_folder
from genre.pipeline._draft_tables import TableLook

MAX_CATEGORIES_IN_TEXT = 3
SKEWED = 50
"""A number whose largest value is this many times its middle one is read on a logarithmic scale."""


@dataclass(frozen=True)
class FeatureDraft:
    """A feature with the reasons for it.

    Attributes:
        encoder: as it stands in the recipe.
        why: one line.
        table: where the columns are; empty: in the table of items (or users).
    """

    name: str
    columns: tuple[str, ...]
    encoder: str
    why: str
    table: str = ""


@dataclass(frozen=True)
class Features:
    """Chosen features, the separators of lists among their columns, and what was left out and why."""

    chosen: tuple[FeatureDraft, ...] = ()
    lists: dict[str, str] = field(default_factory=dict)
    left_out: tuple[tuple[str, str], ...] = ()


def features_of(table: TableLook, key: str) -> Features:
    """What the columns of a table, beside its key, are good for."""
    left_out: list[tuple[str, str]] = []
    usable: list[ColumnLook] = []
    media: list[FeatureDraft] = []
    for column in table.columns:
        if column.name == key:
            continue
        kind = media_kind(table.frame[column.name])
        if kind:
            media += _media(table, column.name, kind, left_out)
            continue
        reason = _unusable(column)
        if reason:
            left_out.append((column.name, reason))
        else:
            usable.append(column)
    texts = sorted((c for c in usable if c.kind == "text"), key=_reading_order)
    categories = [c for c in usable if c.kind in ("list", "category")]
    numbers = [c for c in usable if c.kind == "number"]
    chosen = [*_texts(table, texts, categories, left_out)]
    if categories:
        shown = ", ".join(f"{c.name} ({c.n_distinct:,})" for c in categories)
        names_ = tuple(c.name for c in categories)
        chosen.append(FeatureDraft("categories", names_, "multi_hot", f"values that items share: {shown}"))
    chosen += [*_numbers(table, numbers), *media]
    lists = {c.name: c.separator for c in categories if c.kind == "list" and c.separator}
    return Features(tuple(chosen), lists, tuple(left_out))


def _unusable(column: ColumnLook) -> str:
    """Why a column makes no feature; empty if it may."""
    bare_numbers = column.kind in ("number", "category", "code")
    if column.kind == "empty":
        return "it is empty"
    if column.kind == "other":
        return "nested values are not encoded"
    if column.n_distinct < 2:
        return "it has one value only"
    if column.kind == "time":
        return "times are not encoded"
    if column.kind == "code" or (bare_numbers and names.is_id(column.name)):
        return "it holds codes or addresses, which items do not share"
    if column.kind == "number" and names.fit(column.name, "tally"):
        return "it may be counted from interactions, also from those that judge"
    return ""


def _media(table: TableLook, column: str, kind: str, left_out: list[tuple[str, str]]) -> list[FeatureDraft]:
    """A feature of pictures; sounds are read by trained encoders, which not every recommender takes."""
    if kind == "sounds":
        left_out.append((column, "it names sounds, which mel_cnn reads with recommender tower"))
        return []
    folder, why = picture_folder(table, column)
    if not folder:
        left_out.append((column, why))
        return []
    encoder = yaml.safe_dump({"type": "pretrained_image", "folder": folder}, default_flow_style=True, width=10_000)
    return [FeatureDraft("pictures", (column,), encoder.strip(), why)]


def _reading_order(column: ColumnLook) -> tuple[bool, float]:
    """Titles first, then short texts: a language model reads the beginning."""
    return (not names.fit(column.name, "title"), column.mean_length)


def _texts(
    table: TableLook, texts: Sequence[ColumnLook], categories: Sequence[ColumnLook], left_out: list[tuple[str, str]]
) -> list[FeatureDraft]:
    """One feature of all western texts, one of all Chinese texts."""
    western = [column for column in texts if not column.is_chinese]
    chinese = [column for column in texts if column.is_chinese]
    drafts = []
    if western:
        few = [column for column in categories if not column.is_chinese and not names.is_id(column.name)]
        ordered = [*western[:1], *few[:MAX_CATEGORIES_IN_TEXT], *western[1:]]
        drafts.append(_text(tuple(column.name for column in ordered), table))
    if chinese:
        shown = tuple(column.name for column in chinese)
        if _obstacles("tfidf", shown, table) and western:
            left_out += [(name, 'Chinese text needs pip install "genre[mining]"') for name in shown]
        else:
            word = "tfidf" if not _obstacles("tfidf", shown, table) else "transformer"
            drafts.append(FeatureDraft("chinese_text", shown, _encoder(word), "Chinese text"))
    return drafts


def _text(shown: tuple[str, ...], table: TableLook) -> FeatureDraft:
    if not _obstacles("transformer", shown, table):
        why = "read by a pretrained language model, titles first; quicker: tfidf"
        return FeatureDraft("text", shown, _encoder("transformer"), why)
    why = 'words weighed by rarity; a language model would be: transformer (pip install "genre[models]")'
    return FeatureDraft("text", shown, "tfidf", why)


def _encoder(word: str) -> str:
    return "{type: transformer, model: all-MiniLM-L6-v2}" if word == "transformer" else word


def _obstacles(word: str, shown: Sequence[str], table: TableLook) -> bool:
    """Whether an encoder could not work here."""
    return bool(ENCODERS.build(word).obstacles(table.frame.select(shown)))


def _numbers(table: TableLook, numbers: Sequence[ColumnLook]) -> list[FeatureDraft]:
    skewed = [column.name for column in numbers if column.skew >= SKEWED]
    even = [column.name for column in numbers if column.skew < SKEWED]
    drafts = []
    if even:
        drafts.append(FeatureDraft("numbers", tuple(even), "number", "scaled to mean 0 and deviation 1"))
    if skewed:
        why = "a few very large values: read on a logarithmic scale"
        drafts.append(FeatureDraft("amounts", tuple(skewed), "{type: number, log: true}", why))
    return drafts
