"""Trained modules put to use: parameters in and out, all rows encoded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genre.values import Embeddings

BLOCK = 4096
"""Rows encoded at a time."""


@torch.no_grad()
def encoded_by(module: nn.Module, present: NDArray[np.bool_]) -> Embeddings:
    """What a trained module says of all N rows: N x D; absent rows zero."""
    device = next(module.parameters()).device
    parts = [module(rows.to(device)).float().cpu() for rows in torch.arange(len(present)).split(BLOCK)]
    vectors = torch.cat(parts).numpy()
    vectors[~present] = 0.0
    return Embeddings(vectors, present)


def module_arrays(module: nn.Module, prefix: str) -> dict[str, NDArray[np.float32]]:
    """The parameters of a module, by `prefix` and name."""
    return {f"{prefix}.{name}": tensor.detach().cpu().numpy() for name, tensor in module.named_parameters()}


@torch.no_grad()
def load_module(module: nn.Module, prefix: str, arrays: Mapping[str, NDArray[np.float32]]) -> nn.Module:
    """Take back what `module_arrays` or `trained_arrays` gave; the module is ready for use, not for training."""
    for name, parameter in module.named_parameters():
        array = arrays.get(f"{prefix}.{name}")
        if array is not None:
            parameter.copy_(torch.from_numpy(array).view_as(parameter))
        elif parameter.requires_grad:
            raise KeyError(f"{prefix}.{name}")
    return module.eval().requires_grad_(False)
