"""From a tower's config and a task to the untrained network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.core.component import ComponentConfig
from genre.core.seeds import derive, generator
from genre.core.slot import Slot, dump
from genre.fusion.base import Fusion
from genre.nets.item_tower import ItemTower
from genre.nets.spectral import degree_normalised, spectral_vectors
from genre.recommenders._tower_content import Content, side_by_side
from genre.recommenders._tower_features import TowerFeature, tower_feature
from genre.recommenders._tower_network import TowerNetwork
from genre.recommenders.base import Task
from genre.training.checkpoint import fingerprint
from genre.training.windows import WindowBatches, automatic_batch_size
from genre.values import Embeddings, Interactions

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
    norm: float | None
    id_start: str | None

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
    """A network, and the features and the fusion inside it.

    Attributes:
        counts: int64 [N], training interactions.
    """

    network: TowerNetwork
    features: tuple[TowerFeature, ...]
    fusion: Fusion
    counts: NDArray[np.int64]

    @cached_property
    def content(self) -> Embeddings:
        """All features side by side, whitened: N x F."""
        return side_by_side([feature.embeddings for feature in self.features])

    def known(self) -> NDArray[np.bool_]:
        """Items of which anything is known: bool [N]."""
        return self.network.items.known().cpu().numpy()

    def learn_content(self) -> Content | None:
        """How content becomes vectors, by the network as it is; None without features."""
        if not self.features:
            return None
        names = tuple(feature.name for feature in self.features)
        whitenings = tuple(feature.whitening for feature in self.features)
        trained = Embeddings(self.network.item_vectors().cpu().numpy(), self.known())
        return Content.learn(names, whitenings, self.content, trained, self.counts, self.network.items.norm)

    def vectors(self, content: Content | None) -> Tensor:
        """All items, N x D: the network's vectors, and for items without interactions those of their content."""
        vectors = self.network.item_vectors()
        if content is not None:
            cold = np.flatnonzero(self.counts == 0)
            made = content.of_whitened(Embeddings(self.content.vectors[cold], self.content.present[cold]))
            vectors[torch.from_numpy(cold)] = torch.from_numpy(made.vectors).to(vectors.device)
        return vectors


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
            plan.norm,
        )
        loss = Slot("losses").build(plan.loss)
        return Tower(TowerNetwork(items, plan.users(), plan.match(), loss, counts, products), features, fusion, counts)


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
    vectors = spectral_vectors(degree_normalised(train.matrix()), plan.dim, rng)
    return torch.from_numpy(vectors * np.float32(SPECTRAL_SCALE / max(float(vectors.std()), 1e-12)))
