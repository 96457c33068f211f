"""Findings about the recipe's split: who is judged, and how many of them and of the items are new."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genre.config.recipe import Recipe
from genre.core.errors import GenreError
from genre.pipeline._check_findings import Finding, failures
from genre.pipeline.assemble import Prepared
from genre.values import Dataset, Interactions, Split

FEW_JUDGED = 100
"""Fewer judged users than this leave wide intervals."""


def split_findings(recipe: Recipe, dataset: Dataset) -> tuple[list[Finding], Split | None]:
    """What the splitter makes of the data, and its first fold."""
    prepared = Prepared(recipe, dataset)
    try:
        split = next(prepared.splits())
        prepared.hold_out()
    except GenreError as error:
        return list(failures(error.faults)), None
    hides_seen = any(ranker.hides_seen for ranker in prepared.rankers)
    return list(_findings(split, hides_seen)), split


def _findings(split: Split, hides_seen: bool) -> Iterator[Finding]:
    where = "data.splitter"
    sizes = ", ".join(f"{len(part):,} {name}" for name, part in _parts(split))
    judged = np.unique(split.test.user_rows)
    yield Finding("PASS", where, f"'{split.kind}' gives {sizes} interactions; {len(judged):,} users are judged.")
    if len(judged) < FEW_JUDGED:
        mend = "Use more data, or hold out a larger share, before trusting small differences."
        yield Finding("WARN", where, f"only {len(judged)} users are judged: the intervals will be wide.", mend)
    if not len(split.valid):
        mend = "Give users more interactions, or choose a splitter that leaves a validation part."
        yield Finding("WARN", where, "the validation part is empty: nothing steers training or blending.", mend)
    if hides_seen:
        yield from _repeats(split)
    yield from _cold(split, judged)


def _repeats(split: Split) -> Iterator[Finding]:
    """Test interactions with items that the user touched before, which lists with `exclude_seen` never hold."""
    tested = np.unique(split.test.keys())
    n_repeats = int(np.isin(tested, split.seen().keys()).sum())
    if n_repeats:
        what = (
            f"{n_repeats:,} of {len(tested):,} tested pairs of user and item repeat what the history holds: "
            "exclude_seen keeps them out of every list, so that they count as missed."
        )
        mend = "Where people come back to items, leave exclude_seen out of 'ranking'."
        yield Finding("WARN", "data.splitter", what, mend)


def _cold(split: Split, judged: np.ndarray) -> Iterator[Finding]:
    """Items and users that the test part knows and the training part does not."""
    known_items, known_users = split.seen().popularity() > 0, split.test_histories().lengths > 0
    tested = np.unique(split.test.item_rows)
    cold_items, cold_users = int((~known_items[tested]).sum()), int((~known_users[judged]).sum())
    targets = int((~known_items[split.test.item_rows]).sum())
    what = (
        f"{cold_items:,} of {len(tested):,} tested items are cold (no earlier interaction), in {targets:,} of "
        f"{len(split.test):,} test interactions; {cold_users:,} of {len(judged):,} judged users have no history."
    )
    if targets > 0.2 * len(split.test):
        mend = "Only content can find cold items: use features with content, tower or hybrid."
        yield Finding("WARN", "data.splitter", what, mend)
    elif cold_users > 0.2 * len(judged):
        yield Finding(
            "WARN",
            "data.splitter",
            what,
            "They all get the popular items; leave_one_out judges users with a history only.",
        )
    else:
        yield Finding("PASS", "data.splitter", what)


def _parts(split: Split) -> list[tuple[str, Interactions]]:
    return [("training", split.train), ("validation", split.valid), ("test", split.test)]
