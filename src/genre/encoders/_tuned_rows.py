"""Rows to vectors through a pretrained model that learns."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from genre.encoders._tuned_config import TunedConfig
from genre.nets.frozen import INITIAL_SCALE
from genre.nets.pretrained import Pretrained
from genre.nets.whitening import Whitening


class _Said:
    """What the module said of n inputs with weights of one version: n x F."""

    def __init__(self, n_inputs: int, width: int) -> None:
        self.vectors = torch.zeros(n_inputs, width)
        self._is_known = np.zeros(n_inputs, dtype=np.bool_)
        self._version: tuple[int, ...] = ()

    def missing(self, inputs: np.ndarray, version: tuple[int, ...]) -> np.ndarray:
        """Those of `inputs` that are not known; of another version, all."""
        if version != self._version:
            self._is_known[:], self._version = False, version
        missing: np.ndarray = inputs[~self._is_known[inputs]]
        return missing

    def add(self, inputs: np.ndarray, vectors: Tensor) -> None:
        """Keep the vectors (C x F) of inputs [C]."""
        self.vectors[torch.from_numpy(inputs)] = vectors.float().cpu()
        self._is_known[inputs] = True


class TunedRows(nn.Module):
    """rows (int64 [B]) -> B x width: what a model says, the whitening of its frozen vectors, a linear map.

    It begins where a projection of the frozen whitened vectors begins. Each different input (a text, a picture) of a
    batch is read once, in chunks. Modules inside that are `Pretrained` learn.

    Args:
        places: int64 [N], which of the n different inputs a row has; -1 where it has none.
        whitening: fitted on what the model said before tuning.
    """

    present: Tensor
    mean: Tensor
    axes: Tensor

    def __init__(
        self, places: NDArray[np.int64], n_inputs: int, whitening: Whitening, config: TunedConfig, width: int
    ) -> None:
        super().__init__()
        self.places, self.config = places, config
        for name, values in (("mean", whitening.mean), ("axes", whitening.axes)):
            self.register_buffer(name, torch.from_numpy(values), persistent=False)
        self.register_buffer("present", torch.from_numpy(places >= 0), persistent=False)
        self.projection = nn.Linear(whitening.axes.shape[1], width)
        nn.init.normal_(self.projection.weight, std=INITIAL_SCALE / whitening.axes.shape[1] ** 0.5)
        nn.init.zeros_(self.projection.bias)
        self._said = _Said(n_inputs, whitening.axes.shape[1])

    @abstractmethod
    def _pooled(self, inputs: NDArray[np.int64]) -> Tensor:
        """What the model says of different inputs: C x D."""

    def _order(self, inputs: NDArray[np.int64]) -> NDArray[np.int64]:
        """The order in which inputs are read, places among them; those of a chunk go through the model together."""
        return np.arange(len(inputs))

    def forward(self, rows: Tensor) -> Tensor:
        present = self.present[rows].unsqueeze(-1)
        if not bool(present.any()):
            return self.projection(self.mean.new_zeros(len(rows), self.axes.shape[1])) * present
        places = torch.from_numpy(self.places[rows.cpu().numpy()]).clamp(min=0)
        inputs, back = torch.unique(places, return_inverse=True)
        is_steady = self._is_resting or not (self.training or torch.is_grad_enabled())
        vectors = self._remembered(inputs.numpy()) if is_steady else self._learned(inputs.numpy())
        return self.projection(F.embedding(back.to(rows.device), vectors)) * present

    @property
    def _learning(self) -> list[Pretrained]:
        return [part for part in self.children() if isinstance(part, Pretrained)]

    @property
    def _is_resting(self) -> bool:
        return all(part.is_resting for part in self._learning)

    @torch.no_grad()
    def _remembered(self, inputs: NDArray[np.int64]) -> Tensor:
        """As `_whitened`, each input read once until a weight changes: judging asks for all items several times."""
        version = tuple(weight._version for part in self._learning for weight in part.parameters())
        missing = self._said.missing(inputs, version)
        if len(missing):
            was_training = self.training
            self.eval()
            self._said.add(missing, self._whitened(missing))
            self.train(was_training)
        return self._said.vectors[torch.from_numpy(inputs)].to(self.mean.device)

    def _learned(self, inputs: NDArray[np.int64]) -> Tensor:
        """As `_whitened`, with gradients through a share of the inputs, scaled so that they are right on average."""
        share = self.config.gradient_share
        if share == 1.0 or not torch.is_grad_enabled():
            return self._whitened(inputs)
        order = torch.randperm(len(inputs)).numpy()
        n_learning = max(1, round(share * len(inputs)))
        learning = self._whitened(inputs[order[:n_learning]])
        fixed = learning.detach()
        parts = [fixed + (learning - fixed) * (len(inputs) / n_learning)]
        if n_learning < len(inputs):
            with torch.no_grad():
                parts.append(self._whitened(inputs[order[n_learning:]]))
        return torch.cat(parts)[torch.from_numpy(np.argsort(order)).to(self.mean.device)]

    def _whitened(self, inputs: NDArray[np.int64]) -> Tensor:
        """Different inputs [C] -> C x F."""
        order, chunk = self._order(inputs), self.config.chunk
        parts = [self._read(inputs[order[start : start + chunk]]) for start in range(0, len(order), chunk)]
        vectors = torch.cat(parts)[torch.from_numpy(np.argsort(order)).to(self.mean.device)]
        with torch.autocast(vectors.device.type, enabled=False):
            return (self._finished(vectors.float()) - self.mean) @ self.axes

    def _finished(self, vectors: Tensor) -> Tensor:
        """What is done to pooled vectors C x D before they are whitened."""
        return vectors

    def _read(self, inputs: NDArray[np.int64]) -> Tensor:
        if self.config.checkpointing and torch.is_grad_enabled():
            found: Tensor = checkpoint(self._pooled, inputs, use_reentrant=False)
            return found
        return self._pooled(inputs)
