"""Histories as training windows and batches of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genre.values import Histories
from genre.values.histories import PADDING
from genre.values.windows import stretches

SHUFFLE_LENGTHS = 8
"""Windows whose lengths differ by less than this may share a batch."""


def automatic_batch_size(n_histories: int) -> int:
    """About 50 batches an epoch: the power of two nearest below, between 32 and 256."""
    return int(np.clip(2 ** np.floor(np.log2(max(n_histories / 50, 1))), 32, 256))


class Windows(NamedTuple):
    """B windows cut from histories.

    Attributes:
        items: int64 [B, L + 1], left-aligned, `PADDING` after.
        users: int64 [B], the row of each window's user, -1 for a stranger.
        from_start: bool [B], whether the window begins where the history begins.
        ratings: float32 [B, L + 1], NaN where there is none; None where no history has any.
    """

    items: Tensor
    users: Tensor
    from_start: Tensor
    ratings: Tensor | None = None

    def to(self, device: torch.device | str) -> Self:
        """The same on a device."""
        ratings = None if self.ratings is None else self.ratings.to(device)
        return type(self)(self.items.to(device), self.users.to(device), self.from_start.to(device), ratings)


@dataclass(frozen=True, eq=False)
class WindowBatches:
    """Cuts histories into windows of at most `length` + 1 items: `length` inputs, each followed by its target.

    A history of one item teaches where something is known of its user beside (`known`, bool [B]).
    Long histories give several windows that start at another place each epoch; windows of like lengths share batches.
    """

    histories: Histories
    length: int
    batch_size: int
    known: NDArray[np.bool_] | None = None

    @property
    def teaches(self) -> NDArray[np.bool_]:
        """Which histories have something to predict: bool [B]."""
        lengths = self.histories.lengths
        return lengths > 1 if self.known is None else (lengths > 1) | ((lengths == 1) & self.known)

    def __call__(self, rng: np.random.Generator) -> Iterator[Windows]:
        """The batches of one epoch."""
        owners, starts, stops = self._cut(rng)
        blurred = stops - starts + rng.random(len(starts)) * SHUFFLE_LENGTHS
        order = np.argsort(blurred, kind="stable")
        parts = [order[place : place + self.batch_size] for place in range(0, len(order), self.batch_size)]
        for place in rng.permutation(len(parts)):
            rows = parts[place]
            yield self._windows(owners[rows], starts[rows], stops[rows])

    def n_batches(self) -> int:
        """Batches in an epoch, give or take the few that depend on where long histories are cut."""
        lengths = self.histories.lengths
        n_windows = int(np.ceil(np.maximum(lengths[self.teaches] - 1, 1) / self.length).sum())
        return max(1, -(-n_windows // self.batch_size))

    def _windows(self, owners: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> Windows:
        histories = self.histories
        users = np.full(len(owners), -1) if histories.user_rows is None else histories.user_rows[owners]
        ratings = (
            None if histories.ratings is None else stretches(histories.ratings, starts, stops, np.float32(np.nan), 2)
        )
        return Windows(
            torch.from_numpy(stretches(histories.item_rows, starts, stops, np.int64(PADDING), 2)),
            torch.from_numpy(users.astype(np.int64)),
            torch.from_numpy(starts == histories.offsets[owners]),
            None if ratings is None else torch.from_numpy(ratings),
        )

    def _cut(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Whose history, where it starts and stops: int64 [windows] each."""
        lengths = self.histories.lengths
        room = np.clip(lengths - self.length - 1, 0, self.length // 2)
        skipped = rng.integers(0, room + 1) * (rng.random(len(lengths)) < 0.5)
        ends = lengths - skipped
        counts = np.where(self.teaches, -(-np.maximum(ends - 1, 1) // self.length), 0)
        owner = np.repeat(np.arange(len(lengths)), counts)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        stops = ends[owner] - place * self.length
        base = self.histories.offsets[owner]
        return owner, base + np.maximum(stops - self.length - 1, 0), base + stops
