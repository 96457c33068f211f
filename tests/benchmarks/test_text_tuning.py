import argparse

import numpy as np
import polars as pl
import pytest

from benchmarks import text_tuning
from benchmarks.text_tuning import SPLITTERS, TUNES, chosen, recipe_of, write_interactions
from genre.config.loading import load_recipe
from genre.core.slot import Slot
from genre.testing.data import tiny_dataset

ENCODERS = Slot("encoders")
OPTIONS = argparse.Namespace(
    epochs=5, frozen_epochs=30, batch_size=64, precision="32-true", threads=1, gradient_share=1.0
)


@pytest.mark.parametrize("split", sorted(SPLITTERS))
def test_every_run_has_a_recipe_that_holds(split):
    for tune in TUNES.values():
        recipe = load_recipe(recipe_of(OPTIONS, tune, split, 42))
        assert recipe.training.epochs - recipe.training.frozen_epochs == 5
        assert recipe.features[0].encoder.tune == ENCODERS.parse({"type": "transformer", "tune": tune}).tune


def test_seeds_are_spent_on_what_validation_finds_best():
    validation = {"frozen": [0.9, 0.9], "head": [0.1, 0.5], "lora": [0.3, 0.2], "full": [0.4, 0.1]}
    runs = {(name, "all"): {"validation": v, "best epoch": int(np.argmax(v)) + 1} for name, v in validation.items()}
    assert chosen(runs, list(validation), "all") == ["frozen", "head", "full"]
    assert chosen(runs, ["lora", "full"], "all") == ["full", "lora"]


def test_the_page_says_where_tuning_pays(monkeypatch):
    rng = np.random.default_rng(0)
    values = {"frozen": rng.random(60), "lora": rng.random(60)}
    values["head"] = values["frozen"] + 0.1
    monkeypatch.setattr(
        text_tuning, "run", lambda options, recipe, name: {"users": range(60), "values": values[name.partition("-")[0]]}
    )
    page = text_tuning.paired(argparse.Namespace(**vars(OPTIONS), seeds=3), "cold", ["frozen", "head", "lora"])
    assert "cold items, 3 seeds, 60 users" in page
    assert "tuning by head pays" in page and "tuning by lora does not pay" in page
    assert f"- head: {values['head'].mean():.4f} (" in page


def test_chosen_interactions_are_written_as_a_table(tmp_path):
    dataset = tiny_dataset()
    keep = dataset.interactions.item_rows < 3
    write_interactions(dataset, keep, tmp_path / "interactions.parquet")
    table = pl.read_parquet(tmp_path / "interactions.parquet")
    assert len(table) == keep.sum() and set(table["item_id"]) == {"i0", "i1", "i2"}
