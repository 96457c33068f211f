"""From a tower's config and a task to the untrained network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.alignment.base import IDS
from genre.core.component import ComponentConfig
from genre.core.fingerprint import fingerprint
from genre.core.seeds import derive, generator, some_of
from genre.core.slot import Slot, dump
from genre.fusion.base import Fusion
from genre.losses.base import Loss
from genre.nets.item_tower import ItemTower
from genre.nets.profile_tower import ProfileTower
from genre.nets.ratings import RatedItems
from genre.nets.spectral import degree_normalised, spectral_vectors
from genre.recommenders._tower_alignment import AlignmentLosses, fit_alignments, placed, start_together
from genre.recommenders._tower_features import TowerFeature, networks, presence
from genre.recommenders._tower_modalities import Modalities
from genre.recommenders._tower_network import TowerNetwork
from genre.recommenders._tower_placed import Placed
from genre.recommenders.base import Task
from genre.training.windows import WindowBatches, automatic_batch_size
from genre.user_towers.base import UserTower
from genre.values import Histories, Interactions, World
from genre.values.rating_scale import RatingScale

SPECTRAL_SCALE, RANDOM_SCALE = 0.1, 0.02
"""Spread of untrained id parts."""
MOST_USERS = 20_000
"""Users from whom it is learned which content pleases whom."""


@dataclass(frozen=True)
class TowerPlan:
    """Sizes and parts of a tower, as its config names them.

    Attributes:
        id_start: spectral, random, or None for a tower without ids.
        dropout: chance that training hides a modality.
    """

    user: ComponentConfig
    matching: ComponentConfig
    loss: ComponentConfig
    dim: int
    length: int
    whiten_dim: int
    norm: float | None
    id_start: str | None
    dropout: float

    def users(self) -> nn.Module:
        """The untrained user tower."""
        network: nn.Module = Slot("user_towers").build(self.user).network(self.dim, self.length)
        return network

    @property
    def reads_history(self) -> bool:
        """False where users are known by their profile alone."""
        tower = Slot("user_towers").component(self.user.type_name())
        assert issubclass(tower, UserTower)
        return tower.reads_history

    def match(self) -> nn.Module:
        """The untrained matching."""
        network: nn.Module = Slot("matching").build(self.matching).network(self.dim)
        return network

    def lowers(self) -> Loss:
        """The loss."""
        loss: Loss = Slot("losses").build(self.loss)
        return loss

    def rated(self, train: Interactions) -> RatedItems | None:
        """How ratings of a history are read, untrained; None where the loss predicts none."""
        if train.ratings is None or not self.lowers().predicts_ratings:
            return None
        return RatedItems(self.dim, RatingScale.of(train.ratings))


@dataclass(frozen=True, eq=False)
class Tower:
    """A network and what it was made of.

    Attributes:
        features: after fitted alignments.
        unaligned: the same before them.
        counts: int64 [N], training interactions.
        taught: training histories of some users, at most `MOST_USERS`.
        seed: of the task.
    """

    plan: TowerPlan
    network: TowerNetwork
    features: tuple[TowerFeature, ...]
    unaligned: tuple[TowerFeature, ...]
    profiles: tuple[TowerFeature, ...]
    alignments: tuple[Placed, ...]
    fusion: Fusion
    counts: NDArray[np.int64]
    taught: Histories
    seed: int

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names by place, the id part last."""
        names = tuple(feature.name for feature in self.features)
        return names if self.network.items.ids is None else (*names, IDS)

    def known(self) -> NDArray[np.bool_]:
        """Items of which anything is known: bool [N]."""
        return self.network.items.known().cpu().numpy()


def build(plan: TowerPlan, task: Task, products: torch.dtype | None) -> Tower:
    """Everything random derives from the task's seed.

    Raises:
        DataError: an alignment names what is not there.
    """
    counts = task.split.train.popularity()
    warm = counts > 0
    world = World(task.catalog, task.split.train, "items", task.seed)
    fusion: Fusion = Slot("fusion").build("sum") if task.fusion is None else task.fusion
    trained = frozenset(one.name for one in task.features if one.encoder.is_trained or not one.embeddings.dim)
    names = tuple(feature.name for feature in task.features)
    alignments = placed(task.alignment, Modalities(names, plan.id_start is not None, trained))
    with torch.random.fork_rng():
        torch.manual_seed(derive(task.seed, "tower"))
        whitened = [TowerFeature.of(feature, warm, plan.whiten_dim) for feature in task.features]
        features = fit_alignments(alignments, whitened, warm, world)
        active = task.split.train.activity() > 0
        profiles = [TowerFeature.of(feature, active, plan.whiten_dim) for feature in task.user_features]
        modules = networks(features, plan.dim)
        start_together(alignments, modules)
        items = ItemTower(
            modules,
            presence(features, len(warm)),
            _ids(plan, task.split.train, task.seed),
            torch.from_numpy(warm),
            fusion.network(len(features) + (plan.id_start is not None), plan.dim),
            plan.norm,
            plan.dropout,
        )
        network = TowerNetwork(
            items,
            plan.users(),
            ProfileTower(networks(profiles, plan.dim), presence(profiles, len(active))) if profiles else None,
            plan.match(),
            plan.lowers(),
            AlignmentLosses(alignments, plan.dim, warm, world),
            counts,
            products,
        )
        network.rated = plan.rated(task.split.train)
    sets = (tuple(features), tuple(whitened), tuple(profiles))
    return Tower(plan, network, *sets, alignments, fusion, counts, _some_histories(task), task.seed)


def _some_histories(task: Task) -> Histories:
    histories = task.split.train.histories()
    return histories.take(some_of(np.flatnonzero(histories.lengths), MOST_USERS, task.seed, "taught users"))


def batches(plan: TowerPlan, task: Task) -> WindowBatches:
    """The training histories, cut for the tower."""
    parts = WindowBatches(task.split.train.histories(), plan.length, 1, _profiled(task))
    return replace(parts, batch_size=task.training.batch_size or automatic_batch_size(int(parts.teaches.sum())))


def _profiled(task: Task) -> NDArray[np.bool_] | None:
    """Of which users a profile tells anything: bool [U]; None: of nobody."""
    flags = [feature.embeddings.present for feature in task.user_features]
    found: NDArray[np.bool_] | None = np.any(flags, axis=0) if flags else None
    return found


def identity(config: ComponentConfig, task: Task, tower: Tower) -> str:
    """What tells this training from any other: config, histories, validation part, and what the modules read."""
    features = (*tower.features, *tower.profiles)
    components = [config, tower.fusion.config, *(one.alignment.config for one in tower.alignments)]
    components += [feature.encoder.config for feature in features]
    parts: list[str | NDArray] = [str(dump(component)) for component in components]
    for part in (task.split.train, task.split.valid):
        histories = part.histories()
        parts += [histories.item_rows, histories.offsets]
        parts += [] if histories.ratings is None else [histories.ratings]
    if task.split.candidates is not None:
        parts.append(task.split.candidates)
    for one in (feature.embeddings for feature in features):
        parts += [one.vectors, one.present, *(() if one.inputs is None else [one.inputs.fingerprint])]
    buffers = tower.network.alignments.buffers()
    parts += [buffer.numpy() for buffer in buffers if buffer.layout == torch.strided]
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
