"""`filter` against conditions on every kind of column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

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
        ({"column": "day", "one_of": ["2001-02-03", "2020-05-05"]}, [1, 4]),
        ({"column": "days", "contains": "2001-02-04"}, [0, 5]),
        ({"column": "moment", "at_least": "2026-02-28"}, [0, 1, 2]),
        ({"column": "moment", "at_least": "2026-02-28T12:00:00"}, [1, 2]),
        ({"column": "moment", "equals": "2026-02-28 12:00"}, [1]),
        ({"column": "moment", "equals": "2026-02-28T14:00:00+02:00"}, [1]),
        ({"column": "berlin", "equals": "2026-02-28T13:00:00"}, [1]),
        ({"column": "berlin", "one_of": ["2026-02-28T12:00:00Z"]}, [1]),
        ({"column": "berlin", "at_most": "9999-12-31"}, [0, 1, 2, 3]),
        ({"column": "nano", "at_least": "0001-01-01"}, [0, 1, 2, 3]),
        ({"column": "hour", "at_most": "07:30"}, [0, 3]),
    ],
)
def test_filter_keeps_what_fulfils_every_condition(context: Any, condition: dict[str, Any], kept: list[int]) -> None:
    ranker = RANKERS.build({"type": "filter", **condition})
    got = rank(np.zeros((1, N), np.float32), [ranker], N, context([[]]))
    assert [item for item in got.item_rows[0].tolist() if item >= 0] == kept


def test_dates_may_be_written_without_quotes_in_yaml(context: Any) -> None:
    written = "{type: filter, column: moment, at_least: 2026-02-28 12:00:00, one_of: [2026-03-01, 2025-01-01]}"
    got = rank(np.zeros((1, N), np.float32), [RANKERS.build(yaml.safe_load(written))], N, context([[]]))
    assert [item for item in got.item_rows[0].tolist() if item >= 0] == [2]


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
        {"column": "day", "at_least": 2001},
        {"column": "day", "at_least": "2001-02-30"},
        {"column": "moment", "equals": "soon"},
        {"column": "moment", "at_least": "0001-01-01T00:00:00+23:00"},
        {"column": "hour", "at_most": "25:00"},
    ],
)
def test_filter_refuses_conditions_that_do_not_fit_the_column(context: Any, condition: dict[str, Any]) -> None:
    ranker = RANKERS.build({"type": "filter", **condition})
    with pytest.raises(RecipeError, match=f"does not fit column '{condition['column']}', which holds"):
        ranker.adjust(np.zeros((1, N), np.float32), context([[]]))


def test_filter_without_condition_is_refused(context: Any) -> None:
    with pytest.raises(ValueError, match="1 faults"):
        RANKERS.build({"type": "filter", "column": "year"})
