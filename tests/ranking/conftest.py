"""Six items with columns of every kind, and contexts over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import numpy as np
import polars as pl
import pytest

from genre.ranking.base import RankingContext
from genre.values import Catalog, Embeddings, Histories, Vocabulary

N = 6


def catalog() -> Catalog:
    items = Vocabulary([f"i{row}" for row in range(N)])
    table = pl.DataFrame(
        {
            "item_id": items.ids,
            "year": [1990, 1995, None, 2001, 2010, 1995],
            "kind": ["film", "film", "show", None, "show", "clip"],
            "genres": [["a", "b"], ["b"], [], None, ["c"], ["a"]],
            "free": [True, False, True, None, False, True],
            "day": pl.Series([None, "2001-02-03", "1999-01-01", None, "2020-05-05", "2001-02-04"]).str.to_date(),
            "days": [[date(2001, 2, 4)], [], None, [None], [date(2001, 2, 3)], [date(2001, 2, 3), date(2001, 2, 4)]],
            "moment": [datetime(2026, 2, 28), datetime(2026, 2, 28, 12), datetime(2026, 3, 1), datetime(2025, 1, 1)]
            + [None] * 2,
            "hour": [time(7, 30), time(7, 31), None, time(0), None, time(23)],
        }
    ).with_columns(
        berlin=pl.col("moment").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin"),
        nano=pl.col("moment").dt.cast_time_unit("ns"),
    )
    return Catalog(items, Vocabulary(["u"]), table)


def context(seen: list[list[int]], vectors: np.ndarray | None = None) -> RankingContext:
    embeddings = None if vectors is None else Embeddings(vectors.astype(np.float32), vectors.any(axis=1))
    return RankingContext(Histories.of(seen, N), catalog(), embeddings)


@pytest.fixture(name="context")
def context_fixture() -> Callable[..., RankingContext]:
    """context(histories, vectors=None)."""
    return context
