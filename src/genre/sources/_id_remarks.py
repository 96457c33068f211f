"""What is odd about ids: those that no table describes, and columns that hold several kinds of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.sources._inputs import INTERACTIONS, TableWord
from genre.sources._ledger import Ledger
from genre.values.dataset import N_EXAMPLES

MET_SHARE = 0.05
"""When a table describes less than this share of the ids in use, the two are written differently."""


@dataclass(frozen=True, eq=False)
class IdsInUse:
    """The ids of one column of the interactions.

    Attributes:
        ids: in row order; those of the table that describes them come first, in use or not.
        rows: int32 [E] rows of the interactions.
    """

    column: str
    ids: pl.Series
    rows: NDArray[np.int32]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Interactions of each id."""
        return np.bincount(self.rows, minlength=len(self.ids))


def remark_ids(word: TableWord, table: pl.DataFrame | None, used: IdsInUse, ledger: Ledger) -> None:
    """Ids of the interactions that the table (if there is one) lacks, and kinds of ids that do not go together."""
    if table is not None:
        _remark_unknown(word, table[used.column], used, ledger)
        _remark_mixed(word, used.column, table[used.column], np.ones(len(table), dtype=np.int64), ledger)
    is_used = used.counts > 0
    _remark_mixed(INTERACTIONS, used.column, used.ids.filter(pl.Series(is_used)), used.counts[is_used], ledger)


def _remark_unknown(word: TableWord, described: pl.Series, used: IdsInUse, ledger: Ledger) -> None:
    """Ids that occur in interactions only, with how many interactions they have."""
    key, n_known = used.column, len(described)
    unknown, counts = used.ids[n_known:], used.counts[n_known:]
    if not len(unknown):
        return
    met, total = int((used.counts[:n_known] > 0).sum()), int((used.counts > 0).sum())
    if met < MET_SHARE * total:
        share = f"only {met}" if met else "none"
        what = f"{key}: {share} of the {total} ids in use stands in the table of {word}; they do not meet"
        n_shown = min(N_EXAMPLES, n_known, len(unknown))
        examples = pl.DataFrame(
            {f"{key} of the interactions": unknown.head(n_shown), f"{key} of the {word}": described.head(n_shown)}
        )
        ledger.remark(INTERACTIONS, what, int(counts.sum()), examples, is_fault=True)
        return
    examples = pl.DataFrame({key: unknown.head(N_EXAMPLES), "interactions": counts[:N_EXAMPLES]})
    what = f"{key}: {len(unknown)} ids are not in the table of {word}; they are kept without an entry"
    ledger.remark(INTERACTIONS, what, int(counts.sum()), examples)


def _remark_mixed(word: TableWord, key: str, ids: pl.Series, counts: NDArray[np.int64], ledger: Ledger) -> None:
    """Numbers among texts: some of them floats, or of a length that no text has (as keys of one kind do not)."""
    is_number = ids.str.contains(r"^[+-]?\d+(\.\d+)?$")
    numbers, texts = ids.filter(is_number), ids.filter(~is_number)
    if numbers.is_empty() or texts.is_empty():
        return
    lengths = numbers.str.len_chars().unique()
    if not numbers.str.contains(r"\.0+$").any() and lengths.is_in(texts.str.len_chars().unique().implode()).all():
        return
    shown = [*numbers.head(1), *numbers.filter(numbers.str.contains(".", literal=True)).head(1), *texts.head(2)]
    n_rows = min(int(counts[is_number.to_numpy()].sum()), int(counts[~is_number.to_numpy()].sum()))
    what = f"{key}: numbers and texts stand in one column of ids"
    ledger.remark(word, what, n_rows, pl.DataFrame({key: list(dict.fromkeys(shown))}))
