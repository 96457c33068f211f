"""Trains a PyKEEN model on triples; imports PyKEEN, so that it is imported through `_pykeen.pykeen` only."""

from __future__ import annotations

import inspect
import logging
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pykeen.models import RGCN, CompGCN, Model, NodePiece
from pykeen.training import SLCWATrainingLoop, TrainingCallback
from pykeen.training.training_loop import NonFiniteLossError
from pykeen.triples import CoreTriplesFactory

from genre.core.cache_dir import cache_dir
from genre.core.errors import DataError, Fault
from genre.core.progress import Step, step
from genre.encoders.graph._plan import Plan

NEEDS_INVERSES = (CompGCN, NodePiece)
READS_WHOLE_GRAPH = (RGCN, CompGCN)
"""Every step passes messages over all triples, so that few large steps are what they can afford."""


class _Bar(TrainingCallback):
    def __init__(self, bar: Step) -> None:
        super().__init__()
        self._bar = bar

    def on_batch(self, epoch: int, batch: Any, batch_loss: float, **kwargs: Any) -> None:
        self._bar.advance()

    def post_epoch(self, epoch: int, epoch_loss: float, **kwargs: Any) -> None:
        self._bar.note(f"epoch {epoch}, loss {epoch_loss:.4f}")


def train(model_class: Any, triples: NDArray[np.int64], sizes: tuple[int, int], plan: Plan) -> NDArray[np.float32]:
    """Vectors of all entities, E x D: all parts of PyKEEN's representation side by side, real before imaginary.

    Args:
        sizes: E and the number of relations.

    Raises:
        DataError: the model does not fit the settings, or its loss is no number any more.
    """
    with _alone(plan.seed):
        factory = CoreTriplesFactory(
            torch.from_numpy(triples),
            num_entities=sizes[0],
            num_relations=sizes[1],
            create_inverse_triples=issubclass(model_class, NEEDS_INVERSES),
        )
        model = _built(model_class, factory, plan)
        batch_size = _batch_size(model, len(triples), plan)
        loop = SLCWATrainingLoop(
            model=model,
            triples_factory=factory,
            optimizer=torch.optim.Adam(model.get_grad_params(), lr=plan.learning_rate),
            negative_sampler_kwargs={"num_negs_per_pos": plan.negatives},
        )
        n_batches = -(-len(triples) // batch_size) * plan.epochs
        with step(f"Training {model_class.__name__} on {len(triples):,} triples", n_batches) as bar:
            _run(loop, factory, plan, batch_size, _Bar(bar))
        return entity_vectors(model)


@torch.no_grad()
def entity_vectors(model: Any) -> NDArray[np.float32]:
    """E x D of a PyKEEN model."""
    model.eval()
    parts = []
    for representation in model.entity_representations:
        vectors = representation(indices=None).cpu()
        vectors = vectors.reshape(len(vectors), -1)
        parts += [vectors.real, vectors.imag] if vectors.is_complex() else [vectors]
    return torch.cat(parts, dim=1).float().numpy()


def _built(model_class: Any, factory: CoreTriplesFactory, plan: Plan) -> Model:
    try:
        with redirect_stderr(StringIO()):  # NodePiece shows bars of its own
            model = model_class(triples_factory=factory, random_seed=plan.seed, **_size(model_class, plan.dim))
    except (ValueError, TypeError, AssertionError, RuntimeError) as error:
        raise _misfit("be built", plan, error, "Choose another dim or model.") from None
    return model.to("cuda" if torch.cuda.is_available() else "cpu")


def _size(model_class: Any, dim: int) -> dict[str, int]:
    """What makes each part of an entity `dim` numbers: of CP, whose parts are `rank` times as wide, a rank of 1."""
    has_rank = "rank" in inspect.signature(model_class).parameters
    return {"embedding_dim": dim, "rank": 1} if has_rank else {"embedding_dim": dim}


def _misfit(verb: str, plan: Plan, error: Exception, mend: str) -> DataError:
    reason = (str(error).partition("\n")[0] or type(error).__name__).rstrip(".")
    what = f"PyKEEN's {plan.model} cannot {verb} with dim {plan.dim}: {reason}."
    return DataError(Fault("model", what, mend))


def _batch_size(model: Model, n_triples: int, plan: Plan) -> int:
    if plan.batch_size is not None:
        return min(plan.batch_size, n_triples)
    if isinstance(model, READS_WHOLE_GRAPH):
        return n_triples
    return min(max(256, min(n_triples // 32, 8192)), n_triples)


def _run(loop: SLCWATrainingLoop, factory: CoreTriplesFactory, plan: Plan, batch_size: int, bar: _Bar) -> None:
    try:
        loop.train(
            factory,
            num_epochs=plan.epochs,
            batch_size=batch_size,
            drop_last=False,
            use_tqdm=False,
            pin_memory=False,
            callbacks=bar,
            checkpoint_directory=cache_dir() / "pykeen" / "checkpoints",
        )
    except NonFiniteLossError:
        fault = Fault("learning_rate", "the loss became infinite while the graph was learned.", "Lower it.")
        raise DataError(fault) from None
    except (RuntimeError, ValueError) as error:  # torch's words for sizes that do not fit
        raise _misfit("be trained", plan, error, "Choose another dim, batch_size or model.") from None


@contextmanager
def _alone(seed: int) -> Iterator[None]:
    """Inside, everything random comes from `seed` and PyKEEN keeps quiet; outside, nothing is changed by it."""
    logger = logging.getLogger("pykeen")
    level, chance, numbers = logger.level, random.getstate(), np.random.get_state()
    logger.setLevel(logging.ERROR)
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            torch.manual_seed(seed)
            yield
    finally:
        logger.setLevel(level)
        random.setstate(chance)
        np.random.set_state(numbers)
