"""From a tower's config and a task to the untrained network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from genre.core.component import ComponentConfig
from genre.core.seeds import derive, generator
from genre.core.slot import Slot, dump
from genre.fusion.base import Fusion
from genre.nets.item_tower import ItemTower
from genre.nets.spectral import spectral_vectors
from genre.recommenders._tower_features import TowerFeature, tower_feature
from genre.recommenders._tower_network import TowerNetwork
from genre.recommenders.base import Task
from genre.training.checkpoint import fingerprint
from genre.training.windows import WindowBatches, automatic_batch_size
from genre.values import Interactions

SPECTRAL_SCALE, RANDOM_SCALE = 0.1, 0.02
"""Spread of untrained id parts."""


@dataclass(frozen=True)
class TowerPlan:
    """Sizes and parts of a tower, as its config names them.

    Attributes:
        id_start: spectral, random, or None for a tower without ids.
    """

    user: ComponentConfig
    matching: ComponentConfig
    loss: ComponentConfig
    dim: int
    length: int
    whiten_dim: int
    id_start: str | None
    id_dropout: float

    def users(self) -> nn.Module:
        """The untrained user tower."""
        network: nn.Module = Slot("user_towers").build(self.user).network(self.dim, self.length)
        return network

    def match(self) -> nn.Module:
        """The untrained matching."""
        network: nn.Module = Slot("matching").build(self.matching).network(self.dim)
        return network


@dataclass(frozen=True, eq=False)
class Tower:
    """An untrained network, and the features and the fusion inside it."""

    network: TowerNetwork
    features: tuple[TowerFeature, ...]
    fusion: Fusion


def build(plan: TowerPlan, task: Task, products: torch.dtype | None) -> Tower:
    """Everything random derives from the task's seed."""
    counts = task.split.train.popularity()
    warm = counts > 0
    fusion: Fusion = Slot("fusion").build("sum") if task.fusion is None else task.fusion
    with torch.random.fork_rng():
        torch.manual_seed(derive(task.seed, "tower"))
        features = tuple(tower_feature(item, warm, plan.whiten_dim, plan.dim) for item in task.features)
        flags = [feature.embeddings.present for feature in features]
        present = np.stack(flags, axis=1) if flags else np.zeros((len(warm), 0), dtype=np.bool_)
        items = ItemTower(
            nn.ModuleList(feature.network for feature in features),
            torch.from_numpy(present),
            _ids(plan, task.split.train, task.seed),
            torch.from_numpy(warm),
            fusion.network(len(features) + (plan.id_start is not None), plan.dim),
            plan.id_dropout,
        )
        loss = Slot("losses").build(plan.loss)
        return Tower(TowerNetwork(items, plan.users(), plan.match(), loss, counts, products), features, fusion)


def batches(plan: TowerPlan, task: Task) -> WindowBatches:
    """The training histories, cut for the tower."""
    histories = task.split.train.histories()
    size = task.training.batch_size or automatic_batch_size(int((histories.lengths > 1).sum()))
    return WindowBatches(histories, plan.length, size)


def identity(config: ComponentConfig, task: Task, tower: Tower) -> str:
    """What tells this training from any other: config, histories, validation part and features."""
    parts: list[str | bytes] = [str(dump(config)), str(dump(tower.fusion.config))]
    for part in (task.split.train, task.split.valid):
        parts += [part.histories().item_rows.tobytes(), part.histories().offsets.tobytes()]
    if task.split.candidates is not None:
        parts.append(task.split.candidates.tobytes())
    parts += [feature.embeddings.vectors.tobytes() for feature in tower.features]
    return fingerprint(*parts)


def _ids(plan: TowerPlan, train: Interactions, seed: int) -> Tensor | None:
    if plan.id_start is None:
        return None
    rng = generator(seed, "ids")
    if plan.id_start == "random":
        noise = rng.standard_normal((train.n_items, plan.dim), dtype=np.float32)
        return torch.from_numpy(noise * np.float32(RANDOM_SCALE))
    vectors = spectral_vectors(train.matrix(), plan.dim, rng)
    return torch.from_numpy(vectors * np.float32(SPECTRAL_SCALE / max(float(vectors.std()), 1e-12)))
