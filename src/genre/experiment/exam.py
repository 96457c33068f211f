"""What a split asks: who is judged, from which history, against which items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.values import Catalog, Embeddings, Histories, Interactions, Split


@dataclass(frozen=True, eq=False)
class Exam:
    """The judged part of one split, by user.

    Every user of the part counts, and all distinct items of the part are the truth: also those that the user touched
    before (which `exclude_seen` never lists) and those that are no candidates.

    Attributes:
        split, catalog: where it all comes from.
        user_rows: int64 [B], the judged users.
        histories: B histories that recommenders are given, with `user_rows` for profiles.
        seen: B histories of what each user touched before, for rankers.
        relevant: B sets of distinct test items, rows rising.
        candidates: bool [N], what may be listed.
        popularity: int64 [N], training interactions of each item.
        vectors: item vectors (N rows) in which diversity is measured, or None.
        rated: B histories of the test interactions with their ratings, repeats included; None where there are none.
    """

    split: Split
    catalog: Catalog
    user_rows: NDArray[np.int64]
    histories: Histories
    seen: Histories
    relevant: Histories
    candidates: NDArray[np.bool_]
    popularity: NDArray[np.int64]
    vectors: Embeddings | None = None
    rated: Histories | None = None

    def __len__(self) -> int:
        return len(self.user_rows)

    def n_repeats(self) -> int:
        """Judged pairs of user and item that the user's history holds already."""
        return int(np.isin(self.relevant.keys(), self.seen.keys()).sum())

    @property
    def n_items(self) -> int:
        return len(self.candidates)

    @staticmethod
    def of(
        split: Split, catalog: Catalog, part: Literal["test", "valid"] = "test", vectors: Embeddings | None = None
    ) -> Exam:
        """The exam on the test part of a split, or on its validation part.

        Raises:
            DataError: the part is empty.
        """
        judged = split.test if part == "test" else split.valid
        if not len(judged):
            raise DataError(
                Fault("data.splitter", f"leaves no {part} interaction to judge.", "Use more data or a larger share.")
            )
        users, relevant = _sets(judged)
        histories = split.test_histories() if part == "test" else split.valid_histories()
        seen = split.seen().histories() if part == "test" else histories
        candidates = split.candidates if part == "test" else split.valid_candidates
        return Exam(
            split=split,
            catalog=catalog,
            user_rows=users,
            histories=histories.take(users),
            seen=seen.take(users),
            relevant=relevant,
            candidates=np.ones(judged.n_items, dtype=np.bool_) if candidates is None else candidates,
            popularity=split.train.popularity(),
            vectors=vectors,
            rated=None if judged.ratings is None else judged.histories().take(users),
        )


def _sets(judged: Interactions) -> tuple[NDArray[np.int64], Histories]:
    """The users of a part, rising, and the distinct items of each."""
    keys = np.unique(judged.keys())
    users, counts = np.unique(keys // judged.n_items, return_counts=True)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return users, Histories((keys % judged.n_items).astype(np.int32), offsets, judged.n_items)
