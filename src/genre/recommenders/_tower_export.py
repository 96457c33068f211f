"""From a trained tower to what answers without torch."""

from __future__ import annotations

import numpy as np
import torch

from genre.core.errors import ExportError, Fault
from genre.matching.base import Factors
from genre.nets.onnx_export import OUTPUT, difference, written
from genre.recommenders._tower_onnx import OnnxScorer
from genre.recommenders._tower_query import Query, example
from genre.recommenders._tower_scorer import TowerScorer
from genre.user_towers.base import TargetAware

TOLERANCE = 1e-4
"""How far users may be from those of torch, as a share of the largest number."""


def onnx_scorer(scorer: TowerScorer) -> OnnxScorer:
    """The same scorer, without torch.

    Raises:
        ExportError: scores are no products of user and item, or ONNX cannot say what the network does.
    """
    if isinstance(scorer.users, TargetAware):
        what = "reads the history anew for each item, which is not exported."
        raise ExportError(Fault("recommender.user", what, "Take self_attention, gru or mean and fit again."))
    if not isinstance(scorer.matching, Factors) or scorer.factors is None:
        what = "runs a network for each pair of user and item, which is not exported."
        raise ExportError(Fault("recommender.matching", what, "Take cosine, dot or bilinear and fit again."))
    query = Query(scorer.users, scorer.matching, scorer.rated, scorer.vectors[:1], scorer.profiles is not None).eval()
    network = _network(query, scorer.length, scorer.vectors.shape[1])
    return OnnxScorer(
        network=network,
        vectors=scorer.vectors.numpy(),
        factors=scorer.factors.numpy(),
        length=scorer.length,
        profiles=None if scorer.profiles is None else scorer.profiles.numpy(),
        scale=None if scorer.rated is None else scorer.rated.scale,
    )


def _network(query: Query, length: int, width: int) -> bytes:
    """The query in ONNX, held against it on histories of all lengths."""
    axes = {name: {0: "rows"} if name == "profiles" else {0: "rows", 1: "length"} for name in query.inputs}
    where, mend = "recommender.user", "Take self_attention, gru or mean and fit again."
    try:
        network = written(query, query.inputs, example(query, 3, length, width), {**axes, OUTPUT: {0: "rows"}})
        shapes = {(1, 1), (2, min(5, length)), (4, max(length // 2, 1)), (3, length)}
        examples = [example(query, rows, size, width) for rows, size in sorted(shapes)]
        worst = difference(query, query.inputs, network, examples)
    except (RuntimeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ExportError(Fault(where, f"cannot be written as ONNX: {reason}", mend)) from None
    with torch.no_grad():
        largest = max(float(np.abs(query(*one).numpy()).max()) for one in examples)
    if not worst <= TOLERANCE * max(largest, 1.0):
        raise ExportError(Fault(where, f"says something else as ONNX (users differ by {worst:.2g}).", mend))
    return network
