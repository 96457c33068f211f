"""Softmax cross-entropy over all items without keeping the scores."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

CHUNK = 512
"""Positions at a time: 512 x 12,000 scores stay near the processor's cache."""


class ProductCrossEntropy(torch.autograd.Function):
    """Mean cross-entropy of `users @ items.T` against targets, forward and backward in one pass.

    Scores exist for `CHUNK` positions at a time. Products run in the number format of `users` and `items` (bfloat16
    where the caller casts), sums and exponentials in float32.
    """

    @staticmethod
    def forward(ctx: Any, users: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        """Users P x D, items C x D, targets int64 P -> scalar."""
        users_gradient = torch.empty(users.shape, dtype=torch.float32, device=users.device)
        items_gradient = torch.zeros(items.shape, dtype=torch.float32, device=items.device)
        total = torch.zeros((), dtype=torch.float32, device=users.device)
        for start in range(0, len(users), CHUNK):
            part, target = users[start : start + CHUNK], targets[start : start + CHUNK, None]
            scores = (part @ items.T).float()
            right = scores.gather(1, target)
            highest = scores.amax(dim=1, keepdim=True)
            mass = scores.sub_(highest).exp_().sum(dim=1, keepdim=True)
            total += (mass.log() + highest - right).sum()
            scores.div_(mass).scatter_add_(1, target, scores.new_full(target.shape, -1.0))
            error = scores.to(users.dtype)
            users_gradient[start : start + CHUNK] = error @ items
            items_gradient += error.T @ part
        ctx.save_for_backward(users_gradient, items_gradient)
        ctx.numbers = (len(users), users.dtype, items.dtype)
        return total / len(users)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        users_gradient, items_gradient = ctx.saved_tensors
        count, users_type, items_type = ctx.numbers
        scale = gradients[0] / count
        return (users_gradient * scale).to(users_type), (items_gradient * scale).to(items_type), None
