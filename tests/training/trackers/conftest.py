"""Runs of a small network, tracked, broken off and resumed."""

import socket

import numpy as np
import pytest
import torch
from torch import nn

from genre.training.hardware import Hardware
from genre.training.loop import Lesson, train
from genre.training.settings import TrainingConfig

SECRET = "s3cr3t-key-of-mine"


class Line(nn.Module):
    """Learns y = 3 x through dropout, so that random streams matter."""

    def __init__(self):
        super().__init__()
        self.weight, self.dropout = nn.Parameter(torch.zeros(1)), nn.Dropout(0.3)

    def forward(self, x):
        loss = (self.dropout(x * self.weight) - 3.0 * x).pow(2).mean()
        return {"line": loss, "half": loss / 2}


def batches(rng):
    for _ in range(3):
        yield torch.from_numpy(rng.normal(size=(8, 1)).astype(np.float32))


CONNECT = socket.socket.connect


def near_only(self, address):
    """Connections leave this machine for nobody."""
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"talks to {address}")
    return CONNECT(self, address)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Train with these trackers; `stop_at` breaks off after so many epochs. Gives the weight and the curve."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MY_DATABASE_PASSWORD", SECRET)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(socket.socket, "connect", near_only)

    def run(*trackers, epochs=4, stop_at=None, folder=None, name="films/tower"):
        network, seen = Line(), []

        def stumbling(rng):
            seen.append(1)
            if stop_at is not None and len(seen) > stop_at:
                raise KeyboardInterrupt
            yield from batches(rng)

        lesson = Lesson(
            network,
            stumbling,
            3,
            lambda: -abs(float(network.weight) - 3.0),
            "line",
            name=name,
            settings={"recommender.dim": 8},
        )
        config = TrainingConfig(epochs=epochs, learning_rate=0.1, n_threads=1, trackers=trackers)
        try:
            curve = train(lesson, config, Hardware("cpu", "32-true"), 1, folder)
        except KeyboardInterrupt:
            return None
        return network.weight.item(), curve

    return run


def values(curve):
    """What is equal in equal runs."""
    return [(entry.epoch, entry.loss, entry.value, entry.parts) for entry in curve.epochs]


def holds_secret(folder):
    """Whether the secret of the environment stands in any file."""
    return any(SECRET.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())
