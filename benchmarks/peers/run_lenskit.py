"""LensKit: SLIM with its defaults; EASE with its default and with a weight chosen on the validation part."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from lenskit.batch import recommend
from lenskit.data import Dataset, ItemList, RecQuery, from_interactions_df
from lenskit.knn import EASEScorer, SLIMScorer
from lenskit.parallel import initialize
from lenskit.pipeline import Component, topn_pipeline
from protocol import Fitted, Lists, Question, Task, arguments, lists_of_pairs, ndcg, run, trim

EASE_WEIGHTS = (100, 200, 300, 500)


def slim(task: Task, options: argparse.Namespace) -> Fitted:
    initialize(processes=1, threads=options.threads, backend_threads=1)
    scorer = SLIMScorer()
    return Fitted(_train(scorer, _dataset(task)), scorer.config.model_dump())


def ease_default(task: Task, options: argparse.Namespace) -> Fitted:
    initialize(processes=1, threads=1, backend_threads=options.threads)
    scorer = EASEScorer()
    return Fitted(_train(scorer, _dataset(task)), scorer.config.model_dump())


def ease(task: Task, options: argparse.Namespace) -> Fitted:
    initialize(processes=1, threads=1, backend_threads=options.threads)
    data, question = _dataset(task), task.on_valid()
    start = time.perf_counter()
    values = [ndcg(question, _train(EASEScorer(regularization=w), data)(question, 10), 10) for w in EASE_WEIGHTS]
    chosen = EASE_WEIGHTS[int(np.argmax(values))]
    tune_seconds = time.perf_counter() - start
    return Fitted(_train(EASEScorer(regularization=chosen), data), {"regularization": chosen}, tune_seconds)


def _dataset(task: Task) -> Dataset:
    # Rows serve as ids, and all items are made known: an unknown history item is a KeyError in LensKit.
    columns = {"user_row": "user_id", "item_row": "item_id"}
    frame = task.train.select(columns.keys()).rename(columns).to_pandas()
    return from_interactions_df(frame, users=np.arange(len(task.users)), items=np.arange(len(task.items)))


def _train(scorer: Component, data: Dataset) -> Callable[[Question, int], Lists]:
    pipeline = topn_pipeline(scorer)
    pipeline.train(data)

    def answer(question: Question, k: int) -> Lists:
        depth = question.depth(k)
        histories = question.history.group_by("user_row", maintain_order=True).agg("item_row")
        known = dict(zip(histories["user_row"], histories["item_row"], strict=True))
        none = pl.Series([], dtype=pl.Int64)
        queries = [RecQuery(int(u), history_items=ItemList(known.get(int(u), none).to_numpy())) for u in question.rows]
        frame = recommend(pipeline, queries, depth, n_jobs=1).to_df()
        pairs = (frame[name].to_numpy() for name in ("user_id", "item_id", "score"))
        return trim(question, k, lists_of_pairs(question, depth, *pairs))

    return answer


MODELS = {"slim": slim, "ease": ease, "ease_default": ease_default}

if __name__ == "__main__":
    run("lenskit", MODELS, arguments(MODELS).parse_args())
