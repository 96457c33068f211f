"""Texts to vectors through a language model that learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.encoders._tuned_config import TunedConfig
from genre.encoders._tuned_rows import TunedRows
from genre.encoders.text._adalora import AdaloraBudget
from genre.encoders.text._pooling import pooled
from genre.encoders.text._tokens import TextInputs
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


class TunedText(TunedRows):
    """Language model and pooling; texts of like lengths are read together.

    Args:
        language: what learns inside the model; None where the last states are cached and only the pooling learns.
        normalize: scale pooled states to length 1.
    """

    def __init__(
        self,
        language: Pretrained | None,
        pool: nn.Module,
        inputs: TextInputs,
        normalize: bool,
        whitening: Whitening,
        config: TunedConfig,
        width: int,
    ) -> None:
        super().__init__(inputs.places, len(inputs.tokens), whitening, config, width)
        self.language, self.pool, self.inputs, self.normalize = language, pool, inputs, normalize

    @property
    def budget(self) -> nn.Module | None:
        """What distributes ranks, in AdaLoRA."""
        return None if self.language is None else getattr(self.language.module, "budget", None)

    def _order(self, inputs: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.argsort(self.inputs.tokens.lengths[inputs], kind="stable")

    def _finished(self, vectors: Tensor) -> Tensor:
        if isinstance(self.budget, AdaloraBudget) and self.training and torch.is_grad_enabled():
            vectors = _Penalised.apply(vectors, self.budget.penalty())
        return F.normalize(vectors, dim=-1) if self.normalize else vectors

    def _pooled(self, inputs: NDArray[np.int64]) -> Tensor:
        """Pooled states of texts of about equal length: C x D."""
        tokens, states, device = self.inputs.tokens, self.inputs.states, self.mean.device
        batch = tokens.batch(inputs)
        mask, entering = torch.from_numpy(batch.mask).to(device), None
        if states is not None:
            entering = torch.from_numpy(np.asarray(states[tokens.places(inputs)[0]])).to(device)
        if self.language is not None:
            entering = self.language(torch.from_numpy(batch.ids).to(device), mask, entering)
        assert entering is not None
        result: Tensor = self.pool(entering.float() if self.language is None else entering, mask)
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
