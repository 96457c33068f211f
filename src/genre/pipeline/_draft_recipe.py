"""A drafted recipe as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from yaml.reader import Reader

from genre.pipeline._draft_embedded import item_columns
from genre.pipeline._draft_features import FeatureDraft, Features
from genre.pipeline._draft_source import Tables, data_section, scalar
from genre.pipeline._sensible import SHARED_HISTORY, SQUARE_ITEMS, Amount, preferred


def recipe_text(tables: Tables, features: Features, profiles: Features, others: Sequence[str]) -> str:
    """The whole recipe.

    Args:
        profiles: what the users' columns are good for.
        others: files that have no place in it.
    """
    return "\n".join(map(_one_line, _lines(tables, features, profiles, others))) + "\n"


def _one_line(text: str) -> str:
    """Signs from data that would break YAML or end a comment become question marks."""
    return re.sub(r"[\x85\u2028\u2029\n\r]", "?", Reader.NON_PRINTABLE.sub("?", text))


def _lines(tables: Tables, features: Features, profiles: Features, others: Sequence[str]) -> Iterator[str]:
    yield "# Drafted by genre init. Every choice says why; change what is wrong, then run: genre check, genre evaluate."
    if others:
        yield f"# Not used: {', '.join(others)}."
    yield f"name: {scalar(_name(tables))}"
    yield "seed: 42"
    yield ""
    yield from data_section(tables, {**features.lists, **profiles.lists})
    yield ""
    yield from _features(features)
    if tables.items is None and not features.chosen:
        yield from _no_items(tables)
    yield from _profiles(profiles)
    yield from _recommender(tables, bool(features.chosen))
    yield ""
    yield "evaluation:"
    yield "  metrics: [ndcg@10, recall@10, hit_rate@10, mrr@10, coverage@10, novelty@10]  # the first decides"
    if n_items(tables) > SQUARE_ITEMS:
        yield "  baselines: [popularity, item_knn]  # not ease: its memory grows with the square of the items"
    else:
        yield "  baselines: [popularity, item_knn, ease]  # what every result is shown beside"


def n_items(tables: Tables) -> int:
    """Items in the rows that were looked at, or in the table of items."""
    roles = tables.interactions
    seen = roles.table.column(roles.item.column).n_distinct
    return max(seen, len(tables.items.table.frame) if tables.items is not None else 0)


def _features(features: Features) -> Iterator[str]:
    if features.chosen:
        yield "features:"
        for feature in features.chosen:
            yield from _feature(feature)
    for name, reason in features.left_out:
        yield f"  # left out: {name}: {reason}"
    if features.chosen or features.left_out:
        yield ""


def _no_items(tables: Tables) -> Iterator[str]:
    yield "# No table describes the items, so there are no features: items are known by who touched them."
    embedded = item_columns(tables.interactions)
    if embedded:
        shown = ", ".join(f"'{name}'" for name in embedded)
        yield f"# The interactions have one value per item in {shown}. To use them as content, write a table of"
        yield f"# items, one row each, with '{tables.interactions.item.column}' and these, and run genre init again."
    yield ""


def _feature(feature: FeatureDraft) -> Iterator[str]:
    yield f"  - name: {feature.name}  # {feature.why}"
    if feature.table:
        yield f"    table: {feature.table}"
    yield f"    columns: {scalar(list(feature.columns))}"
    yield f"    encoder: {feature.encoder}"


def _profiles(profiles: Features) -> Iterator[str]:
    """Features of users, for a model that reads profiles; the drafted recommender reads histories."""
    if not profiles.chosen:
        return
    yield "# users:  # profiles, for recommenders that read them"
    for feature in profiles.chosen:
        for line in _feature(feature):
            yield f"# {line}"
    yield ""


def _recommender(tables: Tables, has_content: bool) -> Iterator[str]:
    word, why = preferred(_amount(tables, has_content))
    yield f"recommender: {word}  # {why}"


def _amount(tables: Tables, has_content: bool) -> Amount:
    """How much there is, told by the rows that were looked at; where these are not all, histories count as long."""
    roles = tables.interactions
    n_rows = len(roles.table.frame)
    middle = float(roles.table.frame.group_by(roles.user.column).len()["len"].median() or 0)  # type: ignore[arg-type]
    middle = middle if roles.table.is_whole else max(middle, SHARED_HISTORY)
    return Amount(n_rows, n_items(tables), middle, has_content, roles.time is not None)


def _name(tables: Tables) -> str:
    path = Path(tables.path) if tables.path else tables.interactions.table.path
    stem = path.name.split(".")[0]
    if tables.path or stem.lower() in ("interactions", "ratings", "train", "data", "events", "reviews"):
        folder = path if tables.path and path.is_dir() else path.parent
        stem = folder.resolve().name or stem
    return re.sub(r"[^\w\-]+", "-", stem).strip("-") or "recipe"
