"""The checks catch what they are there for: components that leak, forget, lie or spill."""

from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from pydantic import BaseModel

from genre.core.artifacts import State
from genre.core.component import Component, ComponentConfig
from genre.encoders.base import Encoder, EncoderConfig
from genre.recommenders.base import Recommender, RecommenderConfig, Task
from genre.testing import checks, configs, encoders, lists, networks, recommenders
from genre.testing.data import N_ITEMS
from genre.user_towers.base import UserTower, UserTowerConfig
from genre.values import Embeddings


class HonestConfig(RecommenderConfig):
    """Nothing to choose."""


class Honest(Recommender):
    """Counts training interactions and remembers the history; the planted ones below differ in one thing each."""

    config: HonestConfig

    def counted(self, task: Task):
        return task.split.train.popularity()

    def _fit(self, task):
        self._counts = self.counted(task).astype(np.float32)

    def _score(self, histories):
        return histories.matrix().toarray() + self._counts

    def _state(self):
        return State(arrays={"counts": self._counts})

    def _restore(self, state):
        self._counts = state.arrays["counts"]


class PeeksAtTest(Honest):
    def counted(self, task):
        return task.split.train.popularity() + task.split.test.popularity()


class Forgets(Honest):
    def _restore(self, state):
        self._counts = np.zeros(N_ITEMS, np.float32)


class MixesBatch(Honest):
    def _score(self, histories):
        return np.tile(histories.matrix().toarray().mean(axis=0) + self._counts, (len(histories), 1))


class KeepsItsArray(Honest):
    def _score(self, histories):
        return np.broadcast_to(self._counts, (len(histories), N_ITEMS)) if len(histories) > 1 else self._counts[None]


class Unseeded(Honest):
    def counted(self, task):
        return np.random.default_rng().random(N_ITEMS)


class NotANumber(Honest):
    def _score(self, histories):
        return np.full((len(histories), N_ITEMS), np.nan, np.float32)


class MovesTheOthers(Honest):
    def _place(self, rows, features, n_items):
        self._grow(n_items)
        self._counts = np.pad(self._counts[::-1], (0, n_items - N_ITEMS))
        return True


def failing(component, slot_checks):
    found = set()
    for check in slot_checks:
        try:
            check(component, {})
        except (AssertionError, ValueError):
            found.add(check.__name__)
    return found


def test_an_honest_recommender_passes_every_check():
    assert failing(Honest, recommenders.CHECKS) == set()


@pytest.mark.parametrize(
    ("planted", "caught_by"),
    [
        (PeeksAtTest, "check_test_part_unseen"),
        (Forgets, "check_save_and_load"),
        (MixesBatch, "check_histories_on_their_own"),
        (KeepsItsArray, "check_histories_on_their_own"),
        (Unseeded, "check_same_seed"),
        (NotANumber, "check_scores_of_strangers"),
        (MovesTheOthers, "check_placed_items"),
    ],
)
def test_planted_recommenders_are_caught(planted, caught_by):
    assert caught_by in failing(planted, recommenders.CHECKS)


def test_a_task_refuses_the_test_part_outright():
    from genre.testing import tiny_split, tiny_task

    with pytest.raises(ValueError, match="without_test"):
        Task(tiny_split(), tiny_task().catalog)


class CentredConfig(EncoderConfig):
    """Nothing to choose."""


class Centred(Encoder):
    """Centres by the mean of whatever table it is given: new items move the vectors of old ones."""

    config: CentredConfig

    def encode(self, table):
        values = table.to_series().cast(pl.Float64).to_numpy()
        present = np.isfinite(values)
        centred = np.where(present, values - values[present].mean() if present.any() else 0.0, 0.0)
        return Embeddings(centred.astype(np.float32)[:, None], present)

    @property
    def width(self):
        return 1


def test_an_encoder_that_learns_from_all_rows_is_caught(monkeypatch):
    monkeypatch.setattr(encoders, "COLUMNS", ("year",))
    assert failing(Centred, [encoders.check_rows_on_their_own]) == {"check_rows_on_their_own"}


class AverageConfig(UserTowerConfig):
    """Nothing to choose."""


class Average(UserTower):
    """The mean of the whole history at every position: it sees what it should predict."""

    config: AverageConfig

    def network(self, width, length):
        from torch import nn

        class Mean(nn.Module):
            def forward(self, items, mask):
                kept = items * mask.unsqueeze(-1)
                return (kept.sum(1) / mask.sum(1, keepdim=True)).unsqueeze(1).expand_as(items)

        return Mean()


def test_a_user_tower_that_sees_the_future_is_caught():
    assert "check_user_tower_causal" in failing(Average, networks.USER_TOWER_CHECKS)


class LooseSection(BaseModel):
    """A section that forgot to forbid."""

    depth: int = 1


class BareConfig(ComponentConfig):
    """Two fields without a word on what they do."""

    depth: int = 1
    section: LooseSection = LooseSection()


class Bare(Component):
    config: BareConfig
    EXAMPLES: ClassVar = ()


def test_careless_configs_are_caught():
    caught = failing(Bare, [configs.check_examples, configs.check_fields_described, configs.check_extra_keys_refused])
    assert caught == {"check_examples", "check_fields_described", "check_extra_keys_refused"}


def test_lists_of_checks_hold_functions_of_one_shape():
    assert {check.__name__[:6] for check in checks("ranking")} == {"check_"}
    assert set(lists.RANKER_CHECKS) < set(checks("ranking"))
