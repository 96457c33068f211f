import pytest
import torch
import torch.nn.functional as F

from genre.user_towers import target_attention
from genre.user_towers.base import TargetAware
from genre.user_towers.target_attention import TargetAttentionConfig, TargetAttentionUserTower


def network(half_life=None, width=4):
    torch.manual_seed(0)
    config = TargetAttentionConfig(temperature=0.5, half_life=half_life, dropout=0.0)
    tower = TargetAttentionUserTower(config).network(width, 6).eval()
    for layer in (tower.query, tower.key, tower.value):
        torch.nn.init.normal_(layer.weight)
    return tower


def by_hand(tower, items, candidates, half_life):
    """Scores of one history, one candidate, one position at a time: L x C."""
    scores = torch.empty(len(items), len(candidates), dtype=torch.float64)
    sharpness = 30.0 * torch.sigmoid(tower.sharpness).item()
    for position in range(len(items)):
        for place, candidate in enumerate(candidates):
            past = items[: position + 1]
            logits = sharpness * F.cosine_similarity(tower.key(past), tower.query(candidate)[None]).double()
            if half_life is not None:
                logits = logits - torch.arange(position, -1, -1) * torch.log(torch.tensor(2.0)) / half_life
            said = F.cosine_similarity(tower.value(past), candidate[None]).double() / 0.5
            scores[position, place] = (logits.softmax(0) * said).sum()
    return scores


@pytest.mark.parametrize("half_life", [None, 3.0, 0.05])
@pytest.mark.parametrize("length", [1, 6])
def test_scores_are_attention_of_the_candidate_over_its_past(half_life, length):
    tower, items, candidates = network(half_life), torch.randn(2, length, 4), torch.randn(5, 4)
    assert isinstance(tower, TargetAware)
    mask = torch.ones(2, length, dtype=torch.bool)
    with torch.no_grad():
        scores = tower.candidate_scores(items, mask, candidates, last_only=False)
        last = tower.candidate_scores(items, mask, candidates, last_only=True)
        for row in range(2):
            expected = by_hand(tower, items[row], candidates, half_life).float()
            torch.testing.assert_close(scores[row], expected, atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(last[row], expected[-1:], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("half_life", [None, 1.0])
def test_long_histories_and_extreme_sharpness_stay_finite_and_exact(half_life):
    tower, items, candidates = network(half_life), 1e3 * torch.randn(1, 300, 4), torch.randn(3, 4)
    with torch.no_grad():
        tower.sharpness.fill_(50.0)
        scores = tower.candidate_scores(items, torch.ones(1, 300, dtype=torch.bool), candidates, last_only=False)
        expected = by_hand(tower, items[0], candidates, half_life).float()
    torch.testing.assert_close(scores[0], expected, atol=1e-3, rtol=1e-3)


def test_candidates_in_parts_give_the_same_scores_and_gradients(monkeypatch):
    items, candidates = torch.randn(2, 6, 4), torch.randn(7, 4)
    mask, found = torch.ones(2, 6, dtype=torch.bool), []
    for at_a_time in (2**22, 24):
        monkeypatch.setattr(target_attention, "SCORES_AT_A_TIME", at_a_time)
        tower = network(2.0)
        scores = tower.candidate_scores(items, mask, candidates, last_only=False)
        scores.sin().sum().backward()
        found.append((scores.detach(), tower.query.weight.grad, tower.value.weight.grad, tower.sharpness.grad))
    for whole, parts in zip(*found, strict=True):
        torch.testing.assert_close(whole, parts, atol=1e-5, rtol=1e-4)


def test_at_first_a_candidate_scores_by_the_items_that_resemble_it():
    tower = TargetAttentionUserTower().network(4, 6).eval()
    axes = torch.eye(4)
    mask = torch.ones(1, 2, dtype=torch.bool)
    scores = tower.candidate_scores(axes[None, :2], mask, axes, last_only=True)[0, 0]
    assert scores[:2].min() > 9.9 and scores[2:].abs().max() < 1e-5


def test_products_in_bfloat16_learn_too():
    tower, items, candidates = network(), torch.randn(2, 6, 4), torch.randn(5, 4)
    mask = torch.ones(2, 6, dtype=torch.bool)
    plain = tower.candidate_scores(items, mask, candidates, last_only=False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = tower.candidate_scores(items, mask, candidates, last_only=False)
    assert scores.dtype == torch.float32
    assert (scores - plain).abs().max() < 0.3
    scores.sum().backward()
    assert torch.isfinite(tower.query.weight.grad).all()
