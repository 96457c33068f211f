"""Pictures and sounds to vectors through a pretrained model that learns, or through what is learned on top of it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.core.seeds import derive
from genre.encoders._array_store import Stored
from genre.encoders._tuned_config import TopLayers, TunedConfig, Way, frozen_layers
from genre.encoders._tuned_rows import TunedRows
from genre.encoders.text._layers import layers_of
from genre.nets.frozen import FrozenProjection
from genre.nets.pretrained import Pretrained
from genre.nets.whitening import Whitening
from genre.values import Embeddings

_PARTS = ("vision_model", "audio_model")
"""Where models of several kinds of content keep what sees or hears."""


class Learner(nn.Module):
    """Arrays as they are stored, B x ..., -> B x D, through `model`; subclasses say how.

    It stays in evaluation mode: a row's vector depends neither on chance nor on the rows beside it, and statistics of
    batch normalisation are those of the pretraining.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.eval()

    def train(self, mode: bool = True) -> Self:
        return super().train(False)

    def let_learn(self, tune: str | Way, sample: NDArray[Any]) -> None:
        """Choose the weights that learn: of those asked for the ones that have a say in the vector of an array.

        Raises:
            ValueError: more layers are to learn than there are.
            LookupError: the model has no layers that could be counted.
        """
        self.requires_grad_(tune == "full")
        if isinstance(tune, TopLayers):
            layers = stack_of(self.model)
            for layer in layers[frozen_layers(tune, len(layers)) :]:
                layer.requires_grad_(True)
        learning = [weight for weight in self.parameters() if weight.requires_grad]
        with torch.enable_grad():
            said = self(torch.from_numpy(sample[None])).sum()
            pulls = torch.autograd.grad(said, learning, allow_unused=True)
        for weight, pull in zip(learning, pulls, strict=True):
            weight.requires_grad_(pull is not None)


def stack_of(model: nn.Module) -> nn.ModuleList:
    """The layers of what sees or hears in a model, lowest first.

    Raises:
        LookupError: the model is built otherwise.
    """
    parts = (getattr(module, name) for module in model.modules() for name in _PARTS if hasattr(module, name))
    return layers_of(next(parts, model))


class TunedMedia(TunedRows):
    """A model reads the stored arrays of pictures or sounds.

    Args:
        learner: with the weights that learn chosen.
    """

    def __init__(self, learner: Learner, inputs: Stored, whitening: Whitening, config: TunedConfig, width: int) -> None:
        places = np.full(len(inputs.places), -1, dtype=np.int64)
        is_there = inputs.places >= 0
        self._known, places[is_there] = np.unique(inputs.places[is_there], return_inverse=True)
        super().__init__(places, len(self._known), whitening, config, width)
        self._arrays = inputs.arrays
        self.model = Pretrained(learner, config.peak_rate)

    def _pooled(self, inputs: NDArray[np.int64]) -> Tensor:
        arrays = torch.from_numpy(np.ascontiguousarray(self._arrays[self._known[inputs]]))
        result: Tensor = self.model(arrays.to(self.mean.device))
        return result


class TunedHead(FrozenProjection):
    """rows (int64, any shape) -> B x width: two layers with a shortcut on whitened frozen vectors, then a linear map.

    The two layers begin as the identity: training starts where a projection of the frozen vectors does.

    Args:
        seed: of what begins at random, beside the map at the end.
    """

    def __init__(self, whitened: Embeddings, width: int, seed: int) -> None:
        super().__init__(whitened.vectors, whitened.present, width)
        with torch.random.fork_rng():
            torch.manual_seed(derive(seed, "tuning"))
            self.head = Pretrained(_Shortcut(whitened.dim), None)

    def forward(self, rows: Tensor) -> Tensor:
        return self.projection(self.head(self.vectors[rows])) * self.present[rows].unsqueeze(-1)


class _Shortcut(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        return vectors + self.down(F.gelu(self.up(vectors)))
