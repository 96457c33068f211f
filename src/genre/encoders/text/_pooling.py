"""How the token states of a text become its vector."""

from __future__ import annotations

import torch
from torch import Tensor


def pooled(states: Tensor, mask: Tensor, how: str) -> Tensor:
    """States B x L x D and mask B x L (1 where a token stands, at the left) -> float32 B x D.

    mean: the mean of all tokens. cls: the first token. last: the last token. attention: each token weighs by the
    softmax of its dot product with the mean over sqrt(D), which has nothing to train and favours central tokens.
    """
    states = states.float()
    if how == "cls":
        return states[:, 0]
    if how == "last":
        ends = (mask.sum(dim=1).long() - 1)[:, None, None].expand(-1, 1, states.shape[2])
        return states.gather(1, ends).squeeze(1)
    weights = mask.to(states.dtype)
    mean = torch.einsum("bld,bl->bd", states, weights) / weights.sum(dim=1, keepdim=True)
    if how == "mean":
        return mean
    fit = torch.einsum("bld,bd->bl", states, mean) / states.shape[-1] ** 0.5
    attention = fit.masked_fill(weights == 0, float("-inf")).softmax(dim=1)
    return torch.einsum("bld,bl->bd", states, attention)
