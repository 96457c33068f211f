"""Indexes of a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from genre.config.recipe import INDEXES
from genre.core.artifacts import load_state, read_json, save_state, write_json
from genre.core.slot import dump
from genre.pipeline.finder import Finder, reopened
from genre.pipeline.model import Model

CONFIG = "index.json"


def save_finder(finder: Finder, folder: Path) -> None:
    """Write what `with_finder` reads."""
    states = finder.states()
    folder.mkdir()
    write_json({"config": dump(finder.config), "indexes": sorted(states)}, folder / CONFIG)
    for name, state in states.items():
        save_state(state, folder / name)


def with_finder(model: Model, folder: Path) -> Model:
    """The model with the indexes that were saved with it, if any were.

    Raises:
        BundleError: they are of other vectors.
    """
    if not (folder / CONFIG).exists():
        return model
    kept = read_json(folder / CONFIG)
    states = {name: load_state(folder / name) for name in kept["indexes"]}
    return replace(model, finder=reopened(model, INDEXES.parse(kept["config"]), states))
