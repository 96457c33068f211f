"""Rows to vectors through a language model that learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from genre.encoders.text._adalora import AdaloraBudget
from genre.encoders.text._pooling import pooled
from genre.encoders.text._tokens import TextInputs
from genre.nets.frozen import INITIAL_SCALE
from genre.nets.pretrained import Pretrained
from genre.nets.whitening import Whitening

_ATTENTION_WIDTH = 128


class AttentionPool(nn.Module):
    """States B x L x D and mask B x L -> B x D, weighted by a trained additive attention that begins as the mean.

    Reference: arXiv 1409.0473 (the scores), arXiv 1907.05559 (over the words of a text).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(width, _ATTENTION_WIDTH), nn.Linear(_ATTENTION_WIDTH, 1, bias=False)
        nn.init.zeros_(self.outer.weight)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        scores = self.outer(torch.tanh(self.inner(states))).squeeze(-1).float()
        weights = scores.masked_fill(mask == 0, -torch.inf).softmax(dim=1)
        return torch.einsum("bl,bld->bd", weights, states.float())


class FixedPool(nn.Module):
    """The same by mean, cls or last."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        return pooled(states, mask, self.how)


@dataclass(frozen=True)
class ReadingPlan:
    """How texts go through the model.

    Attributes:
        normalize: scale pooled states to length 1.
        chunk: texts read at a time.
        checkpointing: forget the states of a chunk until the backward pass.
        gradient_share: share of a batch's texts through which gradients flow.
    """

    normalize: bool
    chunk: int
    checkpointing: bool
    gradient_share: float


class _Said:
    """What the module said of n texts with weights of one version: n x F."""

    def __init__(self, n_texts: int, width: int) -> None:
        self.vectors = torch.zeros(n_texts, width)
        self._is_known = np.zeros(n_texts, dtype=np.bool_)
        self._version: tuple[int, ...] = ()

    def missing(self, texts: np.ndarray, version: tuple[int, ...]) -> np.ndarray:
        """Those of `texts` that are not known; of another version, all."""
        if version != self._version:
            self._is_known[:], self._version = False, version
        missing: np.ndarray = texts[~self._is_known[texts]]
        return missing

    def add(self, texts: np.ndarray, vectors: Tensor) -> None:
        """Keep the vectors (C x F) of texts [C]."""
        self.vectors[torch.from_numpy(texts)] = vectors.float().cpu()
        self._is_known[texts] = True


class TunedText(nn.Module):
    """rows (int64 [B]) -> B x width: language model, pooling, the whitening of the frozen vectors, a linear map.

    It begins where a projection of the frozen whitened vectors begins. Each different text of a batch is read once, in
    chunks of like lengths.

    Args:
        language: what learns inside the model; None where the last states are cached and only the pooling learns.
        whitening: fitted on what the model said before tuning.
    """

    present: Tensor
    mean: Tensor
    axes: Tensor

    def __init__(
        self,
        language: Pretrained | None,
        pool: nn.Module,
        whitening: Whitening,
        inputs: TextInputs,
        plan: ReadingPlan,
        width: int,
    ) -> None:
        super().__init__()
        self.language, self.pool, self.inputs, self.plan = language, pool, inputs, plan
        for name, values in (("mean", whitening.mean), ("axes", whitening.axes)):
            self.register_buffer(name, torch.from_numpy(values), persistent=False)
        self.register_buffer("present", torch.from_numpy(inputs.places >= 0), persistent=False)
        self.projection = nn.Linear(whitening.axes.shape[1], width)
        nn.init.normal_(self.projection.weight, std=INITIAL_SCALE / whitening.axes.shape[1] ** 0.5)
        nn.init.zeros_(self.projection.bias)
        self._said = _Said(len(inputs.tokens), whitening.axes.shape[1])

    def forward(self, rows: Tensor) -> Tensor:
        present = self.present[rows].unsqueeze(-1)
        if not len(rows) or not len(self.inputs.tokens):
            return self.projection(self.mean.new_zeros(len(rows), self.axes.shape[1])) * present
        places = torch.from_numpy(self.inputs.places[rows.cpu().numpy()]).clamp(min=0)
        texts, back = torch.unique(places, return_inverse=True)
        is_steady = self._is_resting or not (self.training or torch.is_grad_enabled())
        vectors = self._remembered(texts.numpy()) if is_steady else self._learned(texts.numpy())
        return self.projection(F.embedding(back.to(rows.device), vectors)) * present

    @property
    def budget(self) -> nn.Module | None:
        """What distributes ranks, in AdaLoRA."""
        return None if self.language is None else getattr(self.language.module, "budget", None)

    @property
    def _learning(self) -> list[Pretrained]:
        return [part for part in (self.language, self.pool) if isinstance(part, Pretrained)]

    @property
    def _is_resting(self) -> bool:
        return all(part.is_resting for part in self._learning)

    @torch.no_grad()
    def _remembered(self, texts: np.ndarray) -> Tensor:
        """As `_whitened`, each text read once until a weight changes: judging asks for all items several times."""
        version = tuple(weight._version for part in self._learning for weight in part.parameters())
        missing = self._said.missing(texts, version)
        if len(missing):
            was_training = self.training
            self.eval()
            self._said.add(missing, self._whitened(missing))
            self.train(was_training)
        return self._said.vectors[torch.from_numpy(texts)].to(self.mean.device)

    def _learned(self, texts: np.ndarray) -> Tensor:
        """As `_whitened`, with gradients through a share of the texts, scaled so that they are right on average."""
        share = self.plan.gradient_share
        if share == 1.0 or not torch.is_grad_enabled():
            return self._whitened(texts)
        order = torch.randperm(len(texts)).numpy()
        n_learning = max(1, round(share * len(texts)))
        learning = self._whitened(texts[order[:n_learning]])
        fixed = learning.detach()
        parts = [fixed + (learning - fixed) * (len(texts) / n_learning)]
        if n_learning < len(texts):
            with torch.no_grad():
                parts.append(self._whitened(texts[order[n_learning:]]))
        return torch.cat(parts)[torch.from_numpy(np.argsort(order)).to(self.mean.device)]

    def _whitened(self, texts: np.ndarray) -> Tensor:
        """Different texts [C] -> C x F."""
        order = np.argsort(self.inputs.tokens.lengths[texts], kind="stable")
        parts = [self._read(texts[places]) for places in self._chunks(order)]
        vectors = torch.cat(parts)[torch.from_numpy(np.argsort(order)).to(self.mean.device)]
        if isinstance(self.budget, AdaloraBudget) and self.training and torch.is_grad_enabled():
            vectors = _Penalised.apply(vectors, self.budget.penalty())
        with torch.autocast(vectors.device.type, enabled=False):
            vectors = vectors.float()
            if self.plan.normalize:
                vectors = F.normalize(vectors, dim=-1)
            return (vectors - self.mean) @ self.axes

    def _chunks(self, order: np.ndarray) -> Iterator[np.ndarray]:
        for start in range(0, len(order), self.plan.chunk):
            yield order[start : start + self.plan.chunk]

    def _read(self, texts: np.ndarray) -> Tensor:
        if self.plan.checkpointing and torch.is_grad_enabled():
            found: Tensor = checkpoint(self._pooled, texts, use_reentrant=False)
            return found
        return self._pooled(texts)

    def _pooled(self, texts: np.ndarray) -> Tensor:
        """Pooled states of texts of about equal length: C x D."""
        inputs, device = self.inputs, self.mean.device
        batch = inputs.tokens.batch(texts)
        mask = torch.from_numpy(batch.mask).to(device)
        states = None
        if inputs.states is not None:
            places, _ = inputs.tokens.places(texts)
            states = torch.from_numpy(np.asarray(inputs.states[places])).to(device)
        if self.language is not None:
            states = self.language(torch.from_numpy(batch.ids).to(device), mask, states)
        assert states is not None
        result: Tensor = self.pool(states.float() if self.language is None else states, mask)
        return result


class _Penalised(torch.autograd.Function):
    """The first argument as it is; backwards, the second is lowered along with the loss."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, penalty: Tensor) -> Tensor:
        ctx.like = torch.ones_like(penalty)
        return vectors.view_as(vectors)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        return gradients[0], ctx.like
