"""`auc` hands on what judging counted; tests/experiment/test_judge.py compares that with scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest


def test_auc_has_to_be_asked_for(judgement_of: Any, measure: Any) -> None:
    with pytest.raises(ValueError, match="auc"):
        measure("auc", judgement_of([[0, 1]], [[0]], 3), 2)


def test_the_cut_plays_no_part(judgement_of: Any, measure: Any) -> None:
    judgement = replace(judgement_of([[0, 1], [1]], [[0], [2]], 3), auc=np.array([0.75, np.nan]))
    for k in (1, 2):
        np.testing.assert_array_equal(measure("auc", judgement, k), [0.75, np.nan])
