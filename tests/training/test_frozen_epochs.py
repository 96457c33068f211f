"""Pretrained weights rest in the first epochs; the learning rate rises twice."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from genre.nets.pretrained import Pretrained
from genre.training.hardware import Hardware
from genre.training.loop import Lesson, train
from genre.training.settings import EarlyStopping, TrainingConfig


class Batch(int):
    """A batch that goes to no device."""

    def to(self, _):
        return self


class Network(nn.Module):
    """A pretrained weight and one of its own, both drawn to 1; notes what they were in each step."""

    def __init__(self):
        super().__init__()
        self.inner = Pretrained(nn.Linear(1, 1, bias=False), 1e-2)
        self.own = nn.Parameter(torch.zeros(1))
        nn.init.zeros_(self.inner.module.weight)
        self.steps, self.seen = [], []

    def forward(self, _):
        self.seen.append((float(self.inner.module.weight), float(self.own)))
        return {"loss": (self.inner(torch.ones(1, 1)) - 1).pow(2).sum() + (self.own - 1).pow(2).sum()}

    def after_step(self, done):
        self.steps.append(done)


def trained(epochs=6, frozen_epochs=3, judge=None, **settings):
    network = Network()
    settings = {"warmup_steps": 2, "learning_rate": 1e-2, "weight_decay": 0.0, "early_stopping": None, **settings}
    config = TrainingConfig(epochs=epochs, frozen_epochs=frozen_epochs, n_threads=1, **settings)
    lesson = Lesson(network, lambda _: [Batch(), Batch()], 2, judge, "test")
    return network, train(lesson, config, Hardware("cpu", "32-true"), seed=1)


def test_pretrained_weights_rest_and_then_learn():
    network, _ = trained()
    inner = np.array([weight for weight, _ in network.seen])
    assert not inner[:7].any() and (np.diff(inner[6:]) > 0).all()
    own = np.array([weight for _, weight in network.seen])
    assert (np.diff(own) > 0).all()
    assert not network.inner.is_resting


def test_the_learning_rate_rises_anew():
    network, _ = trained(epochs=8, frozen_epochs=4)
    own = np.diff([weight for _, weight in network.seen])
    assert own[7] < 0.2 * own[2], "the first phase ends with a small rate"
    assert own[9] > 2 * own[7], "the second begins with a large one"


def test_modules_are_told_how_far_training_is():
    network, _ = trained(epochs=4, frozen_epochs=2)
    np.testing.assert_allclose(network.steps, [0.25, 0.5, 0.75, 1.0, 0.25, 0.5, 0.75, 1.0])


def test_learning_starts_from_the_best_that_rested():
    values = iter([0.1, 0.9, 0.2, 0.3, 0.1, 0.2])
    network, curve = trained(judge=lambda: next(values), early_stopping=EarlyStopping(patience=1, every=1))
    assert [epoch.epoch for epoch in curve.epochs] == [1, 2, 3, 4], "patience does not end training before it learns"
    assert network.seen[6] == network.seen[4], "the weights after the second epoch"
    assert curve.best_epoch == 2 and float(network.inner.module.weight) == 0


def test_some_epochs_must_be_left():
    with pytest.raises(ValidationError, match="frozen_epochs 3 leaves none of 3 epochs"):
        TrainingConfig(epochs=3, frozen_epochs=3)
