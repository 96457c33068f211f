"""Inner products with biases that are read from the vectors, over a temperature."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from genre.matching.base import MatchingConfig
from genre.nets.products import products

Bias = Literal["none", "item", "both"]


class BiasedConfig(MatchingConfig):
    """Base of matchings that may add biases."""

    bias: Bias = Field(
        "none",
        description="Added before the temperature divides: a number per item, or per item and user (for ratings); "
        "each a linear map of the vector.",
    )


class BiasedProducts(nn.Module):
    """Scores (v.w + b(v) + b(w)) / temperature as inner products of longer vectors: a softmax over them is
    exp((v.w + b) / temperature) / Z. Biases start at zero.
    """

    def __init__(self, width: int, bias: Bias, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.item_bias = None if bias == "none" else _zero(nn.Linear(width, 1))
        self.user_bias = _zero(nn.Linear(width, 1, bias=False)) if bias == "both" else None

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        return products(*self.factors(users, items))

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """Of users B x D and items N x D (or B x C x D), up to two columns more."""
        left, right = [users], [items]
        if self.item_bias is not None:
            left.append(torch.ones_like(users[..., :1]))
            right.append(self.item_bias(items))
        if self.user_bias is not None:
            left.append(self.user_bias(users))
            right.append(torch.ones_like(items[..., :1]))
        if len(left) == 1:
            return self._cooled(users), items
        return self._cooled(torch.cat(left, dim=-1)), torch.cat(right, dim=-1)

    def _cooled(self, users: Tensor) -> Tensor:
        return users if self.temperature == 1.0 else users / self.temperature


def _zero(layer: nn.Linear) -> nn.Linear:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
