"""Where AdaLoRA's ranks go while training goes on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from genre.encoders.text._tuning import AdaloraTuning

_WARMUP, _FINAL = 0.1, 0.3
"""Shares of training before ranks are taken away, and after that is done."""
_ORTHOGONALITY = 0.5
"""Weight of the penalty that keeps the factors' columns apart (as in peft)."""


class AdaloraBudget(nn.Module):
    """Takes ranks from the least important updates after each step, following a cubic schedule.

    Importance (a moving average over steps) is kept in parameters that never get a gradient, so that a run resumed
    from a checkpoint goes on with it.
    Reference: Zhang et al., AdaLoRA, arXiv 2303.10512.
    """

    def __init__(self, model: nn.Module, config: Any, tuning: AdaloraTuning) -> None:
        from peft.tuners.adalora.layer import RankAllocator

        super().__init__()
        self._models = (model,)
        self._allocator = RankAllocator(model, config, "default")
        adapters = [weight for _, weight in self._adapters()]
        self.importance = nn.ParameterList(torch.zeros_like(weight) for weight in adapters)
        self.uncertainty = nn.ParameterList(torch.zeros_like(weight) for weight in adapters)
        self.kept = nn.ParameterList(torch.ones_like(weight) for weight in self._values())
        self._most = tuning.rank * len(self.kept)
        self._least = tuning.target_rank * len(self.kept)

    def after_step(self, done: float) -> None:
        """Called with the share of training that is over, after each step of the optimiser."""
        if any(weight.grad is None for _, weight in self._adapters()):
            return
        allocator, (model,) = self._allocator, self._models
        self._recall()
        is_final = done >= 1.0 - _FINAL
        if not is_final:
            allocator.update_ipt(model)
            self._remember()
        budget = self._budget(done)
        if not is_final or self._n_kept() > self._least:
            if budget < self._most:
                allocator.mask_to_budget(model, budget)
                self._keep()
            return
        with torch.no_grad():
            for value, kept in zip(self._values(), self.kept, strict=True):
                value.mul_(kept)

    def penalty(self) -> Tensor:
        """How far the factors are from orthogonal, weighted; a scalar."""
        factors = [(name, weight) for name, weight in self._adapters() if "lora_A" in name or "lora_B" in name]
        products = [weight @ weight.T if "lora_A" in name else weight.T @ weight for name, weight in factors]
        distances = [torch.linalg.norm(one - torch.eye(len(one), device=one.device)) for one in products]
        return _ORTHOGONALITY * torch.stack(distances).mean()

    def _budget(self, done: float) -> int:
        """Ranks in all: the most, falling to the least."""
        left = 1.0 - (done - _WARMUP) / (1.0 - _FINAL - _WARMUP)
        return int((self._most - self._least) * min(max(left, 0.0), 1.0) ** 3 + self._least)

    def _n_kept(self) -> int:
        return int(sum(kept.sum() for kept in self.kept))

    def _adapters(self) -> list[tuple[str, nn.Parameter]]:
        return [(name, weight) for name, weight in self._models[0].named_parameters() if "lora_" in name]

    def _values(self) -> list[nn.Parameter]:
        return [weight for name, weight in self._adapters() if "lora_E" in name]

    def _recall(self) -> None:
        allocator = self._allocator
        for (name, _), importance, uncertainty in zip(self._adapters(), self.importance, self.uncertainty, strict=True):
            allocator.ipt[name] = importance.detach()
            allocator.exp_avg_ipt[name], allocator.exp_avg_unc[name] = importance.detach(), uncertainty.detach()

    @torch.no_grad()
    def _remember(self) -> None:
        for place, (name, _) in enumerate(self._adapters()):
            self.importance[place].copy_(self._allocator.exp_avg_ipt[name])
            self.uncertainty[place].copy_(self._allocator.exp_avg_unc[name])

    @torch.no_grad()
    def _keep(self) -> None:
        for value, kept in zip(self._values(), self.kept, strict=True):
            kept.copy_(value != 0)
