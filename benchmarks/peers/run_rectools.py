"""RecTools: SASRec (64 wide, one head, learning rate 3e-3, 40 epochs), SASRec, EASE and PureSVD with their defaults."""

from __future__ import annotations

import argparse
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import torch
from protocol import Fitted, Lists, Question, Task, arguments, lists_of_pairs, ndcg, run, trim
from pytorch_lightning import Callback, LightningModule, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset, IdMap, Interactions
from rectools.models import EASEModel, PureSVDModel, SASRecModel


def sasrec(task: Task, options: argparse.Namespace) -> Fitted:
    """The setting that did best in trials on MovieLens-100k."""
    return _sasrec(task, options, n_factors=64, n_heads=1, lr=3e-3, epochs=options.epochs)


def sasrec_default(task: Task, options: argparse.Namespace) -> Fitted:
    return _sasrec(task, options)


def ease_default(task: Task, options: argparse.Namespace) -> Fitted:
    return _fit(EASEModel(recommend_n_threads=options.threads), task)


def pure_svd(task: Task, options: argparse.Namespace) -> Fitted:
    # Without a seed: SciPy hands one on in a form that NumPy 1 refuses. The start vector alone depends on it.
    return _fit(PureSVDModel(recommend_n_threads=options.threads), task)


class Curve(Callback):
    """Validation NDCG after every epoch, with the training seconds up to then.

    Measuring is neither counted nor felt by the training; the training stops once `goal` is reached.
    """

    def __init__(self, task: Task, k: int, goal: float) -> None:
        self.task, self.k, self.goal = task, k, goal
        self.question = task.on_valid()
        self.model: Any = None
        self.start, self.paused = time.perf_counter(), 0.0
        self.points: list[dict[str, float]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Curve:
        """RecTools copies its trainer before the fit; the curve must stay this one."""
        return self

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        now, random_state = time.perf_counter(), torch.get_rng_state()
        self.model.is_fitted = True
        value = ndcg(self.question, _answer(self.model, self.task)(self.question, self.k), self.k)
        pl_module.train()
        torch.set_rng_state(random_state)
        seconds = round(now - self.start - self.paused, 3)
        self.points.append({"epoch": trainer.current_epoch + 1, "seconds": seconds, f"ndcg@{self.k}": round(value, 5)})
        trainer.should_stop = value >= self.goal
        self.paused += time.perf_counter() - now

    def report(self) -> dict[str, Any]:
        """What goes into the JSON: `seconds` is null when the goal was never reached."""
        hit = [point["seconds"] for point in self.points if point[f"ndcg@{self.k}"] >= self.goal]
        return {
            "metric": f"ndcg@{self.k}",
            "goal": self.goal,
            "seconds": hit[0] if hit else None,
            "epochs": self.points,
        }


def _sasrec(task: Task, options: argparse.Namespace, **settings: Any) -> Fitted:
    torch.set_num_threads(options.threads)
    seed_everything(options.seed, verbose=False)
    epochs = settings.get("epochs", 3)
    k, goal = options.reach or (10, float("inf"))
    curve = Curve(task, k, goal)
    callbacks = [curve] if options.reach else []

    def trainer() -> Trainer:
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        return Trainer(max_epochs=epochs, min_epochs=1, callbacks=callbacks, logger=False, devices=1, **quiet)

    model = curve.model = SASRecModel(get_trainer_func=trainer, recommend_n_threads=options.threads, **settings)
    curve.start = time.perf_counter()
    fitted = _fit(model, task, settings)
    extra = {"reach": curve.report()} if options.reach else {}
    return Fitted(fitted.answer, fitted.settings, curve.paused, extra)


def _fit(model: Any, task: Task, settings: dict[str, Any] | None = None) -> Fitted:
    warnings.simplefilter("ignore")
    model.fit(_dataset(task, task.train))
    return Fitted(_answer(model, task), settings or {})


def _answer(model: Any, task: Task) -> Any:
    known = task.train.select("item_row").unique()

    def answer(question: Question, k: int) -> Lists:
        depth = min(question.depth(k), len(known))
        dataset = _dataset(task, question.history.join(known, on="item_row", how="semi", maintain_order="left"))
        table = model.recommend(question.rows, dataset, depth, filter_viewed=True, on_unsupported_targets="ignore")
        pairs = (table[name].to_numpy() for name in (Columns.User, Columns.Item, Columns.Score))
        return trim(question, k, lists_of_pairs(question, depth, *pairs))

    return answer


def _dataset(task: Task, interactions: pl.DataFrame) -> Dataset:
    """Rows serve as ids, the same in every data set of the task; of the times only their order matters."""
    # Column by column, for polars' own to_pandas needs pyarrow and no recent one runs beside NumPy 1.
    frame = pd.DataFrame(
        {
            Columns.User: interactions["user_row"].to_numpy(),
            Columns.Item: interactions["item_row"].to_numpy(),
            Columns.Weight: 1.0,
            Columns.Datetime: pd.to_datetime(interactions["timestamp"].to_numpy(), unit="ns"),
        }
    )
    users, items = (IdMap.from_values(np.arange(n)) for n in task.shape)
    return Dataset(users, items, Interactions.from_raw(frame, users, items))


def _goal(text: str) -> tuple[int, float]:
    """`ndcg@10=0.105` -> (10, 0.105)."""
    metric, _, value = text.partition("=")
    name, _, k = metric.partition("@")
    if name != "ndcg":
        raise argparse.ArgumentTypeError("expected ndcg@K=VALUE")
    return int(k), float(value)


MODELS = {"sasrec": sasrec, "sasrec_default": sasrec_default, "ease_default": ease_default, "pure_svd": pure_svd}

if __name__ == "__main__":
    parser = arguments(MODELS)
    parser.add_argument("--epochs", type=int, default=40, help="of 'sasrec'")
    parser.add_argument("--reach", type=_goal, metavar="ndcg@K=VALUE", help="stop there and report the seconds it took")
    parser.add_argument("--on", choices=["valid"], default="valid", help="the part that --reach is measured on")
    run("rectools", MODELS, parser.parse_args())
