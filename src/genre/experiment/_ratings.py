"""Judged ratings beside what a recommender predicts for them."""

from __future__ import annotations

import numpy as np

from genre.core.progress import track
from genre.experiment.exam import Exam
from genre.experiment.judge import block_rows
from genre.recommenders.base import Recommender
from genre.values import RatedPairs


def rated_pairs(recommender: Recommender, exam: Exam) -> RatedPairs | None:
    """All ratings of the judged part, in the order of the exam's users; None where none is given or predicted."""
    if exam.rated is None or not recommender.predicts_ratings:
        return None
    predicted, given = [], []
    step = block_rows(exam.n_items)
    for start in track(range(0, len(exam), step), f"Rating by {recommender.config.type_name()}"):
        asked = exam.rated.block(start, start + step)
        assert asked.ratings is not None
        rated = recommender.rate(exam.histories.block(start, start + step))
        is_given = np.isfinite(asked.ratings)
        owners = np.repeat(np.arange(len(asked)), asked.lengths)
        predicted.append(rated[owners[is_given], asked.item_rows[is_given]])
        given.append(asked.ratings[is_given])
    return RatedPairs(np.concatenate(predicted), np.concatenate(given))
