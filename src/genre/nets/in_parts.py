"""Large tables of scores, computed a stretch of columns at a time, on the way forward and again on the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def in_parts(read: Callable[..., Tensor], shared: tuple[Tensor, ...], rows: tuple[Tensor, ...], size: int) -> Tensor:
    """`read(*shared, *rows)`, whose last dimension belongs to the rows, with no more than `size` of them at once.

    Besides inputs and result nothing is kept for gradients: they cost another pass.

    Args:
        read: gives each row's column by that row and `shared` alone, without chance.
        shared, rows: floating tensors; rows are equally long.
    """
    scores: Tensor = _InParts.apply(read, len(shared), size, *shared, *rows)
    return scores


class _InParts(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, read: Callable[..., Tensor], n_shared: int, size: int, *tensors: Tensor) -> Tensor:
        ctx.save_for_backward(*tensors)
        ctx.read, ctx.n_shared, ctx.size = read, n_shared, size
        total = len(tensors[n_shared])
        scores: Tensor | None = None
        for start in range(0, max(total, 1), size):
            part = read(*_stretch(tensors, n_shared, slice(start, start + size)))
            if scores is None:
                scores = part.new_empty(*part.shape[:-1], total)
            scores[..., start : start + size] = part
        assert scores is not None
        return scores

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        tensors, n_shared, size = ctx.saved_tensors, ctx.n_shared, ctx.size
        found = [torch.zeros_like(tensor) for tensor in tensors]
        for start in range(0, max(len(tensors[n_shared]), 1), size):
            stretch = slice(start, start + size)
            leaves = [part.detach().requires_grad_() for part in _stretch(tensors, n_shared, stretch)]
            with torch.enable_grad():
                part = ctx.read(*leaves)
            pulls = torch.autograd.grad(part, leaves, gradients[0][..., stretch])
            for whole, pull in zip(_stretch(found, n_shared, stretch), pulls, strict=True):
                whole.add_(pull)
        return None, None, None, *found


def _stretch(tensors: Any, n_shared: int, stretch: slice) -> list[Tensor]:
    return [*tensors[:n_shared], *(rows[stretch] for rows in tensors[n_shared:])]
