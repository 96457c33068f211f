"""Inner products of users and items, shared or own candidates."""

from __future__ import annotations

from torch import Tensor


def products(users: Tensor, items: Tensor) -> Tensor:
    """Users B x D and items N x D -> B x N; items B x C x D (own candidates per user) -> B x C."""
    if items.dim() == 2:
        return users @ items.T
    return (items @ users.unsqueeze(-1)).squeeze(-1)
