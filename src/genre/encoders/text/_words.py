"""Texts as lists of terms, and which terms occur often enough."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from genre.core.cache_dir import VARIABLE, cache_dir
from genre.core.errors import DataError, Fault, MissingExtraError

_WORD = re.compile(r"\b\w\w+\b")
_HAN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)")


class Words:
    """Splits texts into lower-case words of two or more characters, and runs of Chinese characters through jieba.

    Args:
        longest: terms are runs of 1 up to `longest` words, joined by a space.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._chinese: Any = None

    def terms(self, text: str) -> list[str]:
        """All terms of `text`, repeated ones as often as they occur."""
        words = self._words(text.lower())
        terms = list(words)
        for length in range(2, self._longest + 1):
            terms += [" ".join(run) for run in zip(*(islice(words, i, None) for i in range(length)), strict=False)]
        return terms

    def _words(self, text: str) -> list[str]:
        words: list[str] = []
        for place, part in enumerate(_HAN.split(text)):
            words += self._segmented(part) if place % 2 else _WORD.findall(part)
        return words

    def _segmented(self, text: str) -> list[str]:
        if self._chinese is None:
            self._chinese = _chinese()
        return self._chinese.lcut(text)


def frequent_terms(rows: Sequence[Counter[str]], min_df: int, max_terms: int, columns: Sequence[str]) -> dict[str, int]:
    """The terms that at least `min_df` of the training rows hold, in alphabetical order, with the number of those rows.

    Args:
        rows: how often each row holds each of its terms.
        max_terms: only so many, the most frequent ones.
        columns: where the rows come from.

    Raises:
        DataError: there is none.
    """
    total, spread = Counter[str](), Counter[str]()
    for row in rows:
        total.update(row)
        spread.update(row.keys())
    frequent = sorted((-count, term) for term, count in total.items() if spread[term] >= min_df)
    if not frequent:
        raise DataError(_rare(len(rows), min_df, columns))
    return {term: spread[term] for term in sorted(term for _, term in frequent[:max_terms])}


def missing_terms(rows: Iterable[Iterable[str]], min_df: int, columns: Sequence[str]) -> tuple[Fault, ...]:
    """The fault of training rows (their terms) in which no term is frequent enough; stops at the first that is."""
    spread, n_rows = Counter[str](), 0
    for row in rows:
        n_rows += 1
        terms = set(row)
        spread.update(terms)
        if any(spread[term] >= min_df for term in terms):
            return ()
    return (_rare(n_rows, min_df, columns),)


def _rare(n_rows: int, min_df: int, columns: Sequence[str]) -> Fault:
    what = f"no word occurs in {min_df} or more of the {n_rows} training rows."
    mend = "Name columns that hold text, lower min_df, or leave this feature out."
    return Fault(f"columns {', '.join(columns)}", what, mend)


def missing_packages(texts: Iterable[str]) -> tuple[Fault, ...]:
    """The package that splitting these texts needs and that is not installed."""
    if importlib.util.find_spec("jieba") is not None or not any(_HAN.search(text) for text in texts):
        return ()
    return _missing().faults


def _missing() -> MissingExtraError:
    return MissingExtraError("jieba", "mining", "splitting Chinese text")


def _chinese() -> Any:
    """A segmenter that keeps its parsed dictionary in our cache and not, as usual, where everybody may write."""
    try:
        import jieba  # noqa: F401 - whether it is there
    except ImportError:
        raise _missing() from None
    folder = cache_dir() / "jieba"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = f"Set {VARIABLE} to a folder that can be written."
        raise DataError(Fault(str(folder), f"cannot be made: {error.strerror}.", mend)) from None
    return _segmenter(folder)


@cache
def _segmenter(folder: Path) -> Any:
    """One for the whole process: loading the dictionary takes a second, which no search should wait for."""
    import jieba

    jieba.setLogLevel("ERROR")
    segmenter = jieba.Tokenizer()
    segmenter.tmp_dir = str(folder)
    return segmenter
