"""The checks of networks catch towers that read the history for each candidate and cheat."""

import pytest
import torch
from torch import nn

from genre.testing import networks
from genre.user_towers.base import UserTower, UserTowerConfig


class SumConfig(UserTowerConfig):
    """Nothing to choose."""


class Sums(nn.Module):
    """Candidates score by the sum of the items so far."""

    def forward(self, items, mask):
        return items.cumsum(1)

    def candidate_scores(self, items, mask, candidates, last_only):
        seen = (items * mask.unsqueeze(-1)).cumsum(1)
        return (seen[:, -1:] if last_only else seen) @ candidates.T


class Competes(Sums):
    def candidate_scores(self, items, mask, candidates, last_only):
        return super().candidate_scores(items, mask, candidates, last_only).softmax(-1)


class Peeks(Sums):
    def candidate_scores(self, items, mask, candidates, last_only):
        scores = super().candidate_scores(items, mask, candidates, last_only)
        return scores[:, -1:].expand_as(scores)


class ReadsPadding(Sums):
    def candidate_scores(self, items, mask, candidates, last_only):
        return super().candidate_scores(items, torch.ones_like(mask), candidates, last_only)


class MixesHistories(Sums):
    def candidate_scores(self, items, mask, candidates, last_only):
        scores = super().candidate_scores(items, mask, candidates, last_only)
        return scores - scores.mean(0)


class Halves(Sums):
    def candidate_scores(self, items, mask, candidates, last_only):
        return super().candidate_scores(items, mask, candidates, last_only) * (0.5 if last_only else 1.0)


def caught(module):
    class Tower(UserTower):
        config: SumConfig

        def network(self, width, length):
            return module()

    found = set()
    for check in networks.USER_TOWER_CHECKS:
        try:
            check(Tower, {})
        except AssertionError:
            found.add(check.__name__.removeprefix("check_candidate_scores"))
    return found


def test_an_honest_tower_passes():
    assert caught(Sums) == set()


@pytest.mark.parametrize(
    ("planted", "check"),
    [(Competes, "_alone"), (Peeks, "_causal"), (ReadsPadding, "_causal"), (MixesHistories, "_alone"), (Halves, "")],
)
def test_planted_towers_are_caught(planted, check):
    assert check in caught(planted)
