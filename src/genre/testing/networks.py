"""What fusions, user towers, matchings and losses owe: shapes, masks that hold, gradients that flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genre.core.component import Component
from genre.fusion.base import Fusion
from genre.losses.base import Loss
from genre.matching.base import Factors, Matching
from genre.testing.configs import Example
from genre.user_towers.base import TargetAware, UserTower

if TYPE_CHECKING:
    from torch import Tensor, nn

B, N, L, D, M = 5, 11, 7, 8, 3
TOLERANCE = 1e-4


def check_fusion_shape(component: type[Component], example: Example) -> None:
    """B x M x D and a mask give B x D; gradients reach the present modalities."""
    import torch

    network, (vectors, mask) = _fusion(component, example)
    vectors.requires_grad_()
    fused = network(vectors, mask)
    assert fused.shape == (B, D), f"fused vectors have shape {tuple(fused.shape)}"
    assert torch.isfinite(fused).all(), "fused vectors are finite, also where all modalities are absent"
    fused.pow(2).sum().backward()
    assert vectors.grad is not None and torch.isfinite(vectors.grad).all(), "gradients are finite"


def check_fusion_mask(component: type[Component], example: Example) -> None:
    """What stands in place of an absent modality means nothing."""
    import torch

    network, (vectors, mask) = _fusion(component, example)
    noise = torch.where(mask.unsqueeze(-1), vectors, vectors + 10.0)
    assert torch.allclose(network(vectors, mask), network(noise, mask), atol=TOLERANCE), "an absent modality counts"


def check_fusion_rows(component: type[Component], example: Example) -> None:
    """An item's vector does not depend on the other items of the batch."""
    import torch

    network, (vectors, mask) = _fusion(component, example)
    alone = torch.cat([network(vectors[row : row + 1], mask[row : row + 1]) for row in range(B)])
    assert torch.allclose(network(vectors, mask), alone, atol=TOLERANCE), "items of one batch mix"


def check_user_tower_shape(component: type[Component], example: Example) -> None:
    """B x L x D and a mask give B x L x D, also for shorter histories; gradients are finite."""
    import torch

    network, (items, mask) = _user_tower(component, example)
    items.requires_grad_()
    users = network(items, mask)
    assert users.shape == (B, L, D), f"user vectors have shape {tuple(users.shape)}"
    assert torch.isfinite(users[mask]).all(), "user vectors are finite where an item stands"
    users[mask].pow(2).sum().backward()
    assert items.grad is not None and torch.isfinite(items.grad).all(), "gradients are finite"
    shorter = network(items[:, :4], mask[:, :4])
    assert torch.allclose(shorter[mask[:, :4]], users[:, :4][mask[:, :4]], atol=TOLERANCE), "a cut history differs"


def check_user_tower_causal(component: type[Component], example: Example) -> None:
    """A position does not see what comes after it: else training predicts what it is shown."""
    import torch

    network, (items, mask) = _user_tower(component, example)
    before = network(items, mask)
    for position in range(1, L):
        later = items.clone()
        later[:, position:] = 3.0 - later[:, position:]
        after = network(later, mask)
        seen = mask[:, :position]
        same = torch.allclose(before[:, :position][seen], after[:, :position][seen], atol=TOLERANCE)
        assert same, f"positions before {position} see it"


def check_user_tower_rows(component: type[Component], example: Example) -> None:
    """A history does not depend on the others of the batch, nor on what stands at its padding."""
    import torch

    network, (items, mask) = _user_tower(component, example)
    users = network(items, mask)
    for row in range(B):
        alone = network(items[row : row + 1], mask[row : row + 1])[0]
        assert torch.allclose(users[row][mask[row]], alone[mask[row]], atol=TOLERANCE), "histories of one batch mix"
    noise = torch.where(mask.unsqueeze(-1), items, items + 10.0)
    assert torch.allclose(users[mask], network(noise, mask)[mask], atol=TOLERANCE), "padding counts"


def check_candidate_scores(component: type[Component], example: Example) -> None:
    """A tower that reads the history for each candidate scores every position, the last one alike on its own."""
    import torch

    network, (items, mask) = _user_tower(component, example)
    if not isinstance(network, TargetAware):
        return
    items.requires_grad_()
    candidates = torch.randn(N, D)
    scores = network.candidate_scores(items, mask, candidates, last_only=False)
    assert scores.shape == (B, L, N), f"scores of candidates have shape {tuple(scores.shape)}"
    assert torch.isfinite(scores[mask]).all(), "scores are finite where an item stands"
    last = network.candidate_scores(items, mask, candidates, last_only=True)
    assert last.shape == (B, 1, N), f"last_only gives shape {tuple(last.shape)}"
    ends = mask.sum(dim=1) - 1
    assert torch.allclose(last[:, 0], scores[torch.arange(B), ends], atol=TOLERANCE), "the last position differs alone"
    scores[mask].pow(2).sum().backward()
    assert items.grad is not None and torch.isfinite(items.grad).all(), "gradients are finite"
    nothing = network.candidate_scores(items, torch.zeros_like(mask), candidates, last_only=True)
    assert torch.isfinite(nothing).all(), "scores of an empty history are finite"


def check_candidate_scores_causal(component: type[Component], example: Example) -> None:
    """Scores at a position do not see the items after it, nor what stands at the padding."""
    import torch

    network, (items, mask) = _user_tower(component, example)
    if not isinstance(network, TargetAware):
        return
    candidates = torch.randn(N, D)
    before = network.candidate_scores(items, mask, candidates, last_only=False)
    for position in range(1, L):
        later = items.clone()
        later[:, position:] = 3.0 - later[:, position:]
        after = network.candidate_scores(later, mask, candidates, last_only=False)
        seen = mask[:, :position]
        same = torch.allclose(before[:, :position][seen], after[:, :position][seen], atol=TOLERANCE)
        assert same, f"scores before {position} see it"
    noise = torch.where(mask.unsqueeze(-1), items, items + 10.0)
    for last_only, part in ((False, mask), (True, torch.ones(B, 1, dtype=torch.bool))):
        plain = network.candidate_scores(items, mask, candidates, last_only)
        noisy = network.candidate_scores(noise, mask, candidates, last_only)
        assert torch.allclose(plain[part], noisy[part], atol=TOLERANCE), "padding counts in scores"


def check_candidate_scores_alone(component: type[Component], example: Example) -> None:
    """Scores depend neither on the other histories of the batch nor on the other candidates."""
    import torch

    network, (items, mask) = _user_tower(component, example)
    if not isinstance(network, TargetAware):
        return
    candidates = torch.randn(N, D)
    for last_only in (False, True):
        scores = network.candidate_scores(items, mask, candidates, last_only)
        kept = torch.ones(B, 1, dtype=torch.bool) if last_only else mask
        for row in range(B):
            one = slice(row, row + 1)
            alone = network.candidate_scores(items[one], mask[one], candidates, last_only)
            assert torch.allclose(scores[one][kept[one]], alone[kept[one]], atol=TOLERANCE), "histories mix in scores"
        some = network.candidate_scores(items, mask, candidates[2:5], last_only)
        assert torch.allclose(scores[:, :, 2:5][kept], some[kept], atol=TOLERANCE), "candidates of one call mix"


def check_matching(component: type[Component], example: Example) -> None:
    """Users against all items, and against candidates of their own, give the same scores."""
    import torch

    matching: Matching = _built(component, example)
    torch.manual_seed(0)
    network = matching.network(D).eval()
    users, items = torch.randn(B, D), torch.randn(N, D)
    scores = network(users, items)
    assert scores.shape == (B, N), f"scores have shape {tuple(scores.shape)}"
    candidates = torch.randint(0, N, (B, 4))
    own = network(users, items[candidates])
    assert own.shape == (B, 4), f"scores of candidates have shape {tuple(own.shape)}"
    assert torch.allclose(own, scores.gather(1, candidates), atol=TOLERANCE), "candidates score unlike the catalogue"
    if isinstance(network, Factors):
        left, right = network.factors(users, items)
        assert torch.allclose(left @ right.T, scores, atol=1e-3), "factors do not multiply to the scores"


def check_loss(component: type[Component], example: Example) -> None:
    """A finite scalar with finite gradients that falls when the target's score rises."""
    import torch

    loss, scores, targets = _loss(component, example)
    if loss.predicts_ratings:
        return
    scores.requires_grad_()
    value = loss.loss(scores, targets)
    assert value.ndim == 0 and torch.isfinite(value), "the loss is one finite number"
    value.backward()
    assert scores.grad is not None and torch.isfinite(scores.grad).all(), "gradients are finite"
    better = scores.detach().scatter_add(1, targets[:, None], torch.full((B, 1), 0.5))
    assert loss.loss(better, targets) < value, "a better score of the target is no gain"


def check_loss_without_candidates(component: type[Component], example: Example) -> None:
    """A candidate at -inf takes no part, and sampling frequencies are taken into account without harm."""
    import torch

    loss, scores, targets = _loss(component, example)
    if loss.predicts_ratings:
        return
    blocked = (targets[0] + 1) % N
    scores[0, blocked] = -torch.inf
    scores.requires_grad_()
    value = loss.loss(scores, targets, torch.full((N,), -1.0))
    value.backward()
    assert torch.isfinite(value), "the loss is finite"
    assert scores.grad is not None and scores.grad[0, blocked] == 0, "a blocked candidate pulls"


def check_loss_of_products(component: type[Component], example: Example) -> None:
    """The fused way over user and item vectors gives the loss of their products."""
    import torch

    loss, _, targets = _loss(component, example)
    if loss.predicts_ratings:
        return
    users, items = torch.randn(B, D), torch.randn(N, D)
    fused, plain = loss.loss_of_products(users, items, targets), loss.loss(users @ items.T, targets)
    assert torch.allclose(fused.float(), plain, rtol=1e-3, atol=1e-3), "loss_of_products is another loss"


def check_loss_of_ratings(component: type[Component], example: Example) -> None:
    """Least, and zero, for the ratings themselves; finite gradients towards them."""
    import torch

    loss, scores, _ = _loss(component, example)
    if not loss.predicts_ratings:
        return
    predicted, ratings = scores[:, 0].requires_grad_(), scores[:, 1]
    value = loss.loss_of_ratings(predicted, ratings)
    assert value.ndim == 0 and torch.isfinite(value), "the loss is one finite number"
    value.backward()
    assert predicted.grad is not None and torch.isfinite(predicted.grad).all(), "gradients are finite"
    assert (predicted.grad * (predicted - ratings) >= 0).all(), "a gradient leads away from the rating"
    assert loss.loss_of_ratings(ratings, ratings) == 0, "right predictions lose something"
    assert loss.config.n_negatives is None, "ratings are predicted one by one"


def check_loss_candidates(component: type[Component], example: Example) -> None:
    """Candidates are drawn, come from the batch, or are all items: one of these."""
    loss, _, _ = _loss(component, example)
    assert not loss.negatives_from_batch or loss.config.n_negatives is None, "negatives are drawn and from the batch"


def _fusion(component: type[Component], example: Example) -> tuple[nn.Module, tuple[Tensor, Tensor]]:
    import torch

    fusion: Fusion = _built(component, example)
    torch.manual_seed(0)
    mask = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=torch.bool)
    return fusion.network(M, D).eval(), (torch.randn(B, M, D), mask)


def _user_tower(component: type[Component], example: Example) -> tuple[nn.Module, tuple[Tensor, Tensor]]:
    import torch

    tower: UserTower = _built(component, example)
    torch.manual_seed(0)
    lengths = torch.tensor([L, 1, 3, L - 1, 2])
    return tower.network(D, L).eval(), (torch.randn(B, L, D), torch.arange(L) < lengths[:, None])


def _loss(component: type[Component], example: Example) -> tuple[Loss, Tensor, Tensor]:
    import torch

    torch.manual_seed(0)
    return _built(component, example), torch.randn(B, N), torch.randint(0, N, (B,))


def _built(component: type[Component], example: Example) -> Any:
    return component(component.config_type().model_validate(example))


FUSION_CHECKS = (check_fusion_shape, check_fusion_mask, check_fusion_rows)
USER_TOWER_CHECKS = (
    check_user_tower_shape,
    check_user_tower_causal,
    check_user_tower_rows,
    check_candidate_scores,
    check_candidate_scores_causal,
    check_candidate_scores_alone,
)
MATCHING_CHECKS = (check_matching,)
LOSS_CHECKS = (
    check_loss,
    check_loss_without_candidates,
    check_loss_of_products,
    check_loss_of_ratings,
    check_loss_candidates,
)
