"""`filter` against conditions on every kind of column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from genre.config.recipe import RANKERS
from genre.core.errors import RecipeError
from genre.ranking import rank

N = 6


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"column": "kind", "equals": "film"}, [0, 1]),
        ({"column": "kind", "one_of": ["show", "clip"]}, [2, 4, 5]),
        ({"column": "year", "equals": 1995}, [1, 5]),
        ({"column": "year", "at_least": 1995}, [1, 3, 4, 5]),
        ({"column": "year", "at_least": 1995, "at_most": 2001}, [1, 3, 5]),
        ({"column": "genres", "contains": "a"}, [0, 5]),
        ({"column": "kind", "contains": "i"}, [0, 1, 5]),
        ({"column": "free", "equals": True}, [0, 2, 5]),
        ({"column": "day", "at_most": "2001-02-03"}, [1, 2]),
    ],
)
def test_filter_keeps_what_fulfils_every_condition(context: Any, condition: dict[str, Any], kept: list[int]) -> None:
    ranker = RANKERS.build({"type": "filter", **condition})
    got = rank(np.zeros((1, N), np.float32), [ranker], N, context([[]]))
    assert [item for item in got.item_rows[0].tolist() if item >= 0] == kept


def test_filter_names_the_nearest_column(context: Any) -> None:
    ranker = RANKERS.build({"type": "filter", "column": "yaer", "at_least": 1995})
    with pytest.raises(RecipeError, match=r"no column 'yaer'\. Did you mean 'year'\?"):
        ranker.adjust(np.zeros((1, N), np.float32), context([[]]))


@pytest.mark.parametrize(
    "condition",
    [
        {"column": "year", "equals": "new"},
        {"column": "year", "contains": 1995},
        {"column": "genres", "equals": "a"},
        {"column": "free", "at_least": 1},
    ],
)
def test_filter_refuses_conditions_that_do_not_fit_the_column(context: Any, condition: dict[str, Any]) -> None:
    ranker = RANKERS.build({"type": "filter", **condition})
    with pytest.raises(RecipeError, match=f"does not fit column '{condition['column']}', which holds"):
        ranker.adjust(np.zeros((1, N), np.float32), context([[]]))


def test_filter_without_condition_is_refused(context: Any) -> None:
    with pytest.raises(ValueError, match="1 faults"):
        RANKERS.build({"type": "filter", "column": "year"})
