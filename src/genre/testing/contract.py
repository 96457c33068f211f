"""Which checks a component of a slot must pass."""

from __future__ import annotations

from collections.abc import Callable

from genre.core.component import Component
from genre.testing import alignments, configs, encoders, indexes, lists, networks, recommenders, tables
from genre.testing.configs import Example

Check = Callable[[type[Component], Example], None]
"""A check takes a component's class and one of its EXAMPLES and raises AssertionError where a promise is broken."""

_ALL: tuple[Check, ...] = (
    configs.check_names,
    configs.check_examples,
    configs.check_builds,
    configs.check_config_round_trip,
    configs.check_extra_keys_refused,
    configs.check_fields_described,
)
_BY_SLOT: dict[str, tuple[Check, ...]] = {
    "sources": tables.SOURCE_CHECKS,
    "splitters": tables.SPLITTER_CHECKS,
    "encoders": encoders.CHECKS,
    "alignment": alignments.CHECKS,
    "fusion": networks.FUSION_CHECKS,
    "user_towers": networks.USER_TOWER_CHECKS,
    "matching": networks.MATCHING_CHECKS,
    "losses": networks.LOSS_CHECKS,
    "recommenders": recommenders.CHECKS,
    "ranking": lists.RANKER_CHECKS,
    "metrics": lists.METRIC_CHECKS,
    "indexes": indexes.CHECKS,
}


def checks(slot: str, is_exported: bool = False) -> tuple[Check, ...]:
    """All checks for components of a slot: those that every component owes, and the slot's own.

    What is exported learns nothing, so that the slot's own checks find nothing to fit.

    A plugin's test is: `@pytest.mark.parametrize("check", checks("recommenders"))` over its class and EXAMPLES.
    """
    return _ALL if is_exported else _ALL + _BY_SLOT[slot]
