"""Findings about trained models: what they would learn of users, and where their training is logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from genre.config.recipe import Recipe
from genre.core.component import ComponentConfig
from genre.core.slot import Slot
from genre.pipeline._check_findings import Finding
from genre.training.trackers.tracking import missing_trackers
from genre.user_towers.base import UserTower, UserTowerConfig


def training_findings(recipe: Recipe, components: Iterable[ComponentConfig]) -> Iterator[Finding]:
    """User towers that read no history where nothing else tells users apart; trackers that are not installed."""
    for config in components:
        if isinstance(config, UserTowerConfig) and not recipe.users:
            tower = Slot("user_towers").component(config.type_name())
            if issubclass(tower, UserTower) and not tower.reads_history:
                what = f"user tower '{config.type_name()}' reads no history, and there are no features of users."
                mend = "Add `users: [{name: user, encoder: identity}]`, or take another user tower."
                yield Finding("FAIL", "recommender.user", what, mend)
    for error in missing_trackers(recipe.training.trackers):
        yield from (Finding("FAIL", fault.where, fault.what, fault.mend) for fault in error.faults)
