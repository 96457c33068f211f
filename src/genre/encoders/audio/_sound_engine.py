"""A sound model of transformers as something that makes vectors of sounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.encoders._pooled import Pooling, has_trained_pooler, pooled
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model, load_processor

_INPUTS = ("input_values", "input_features")


class SoundEngine:
    """On the GPU where there is one.

    Sounds of one length go together: many of these models hear the padding of a shorter one.
    """

    def __init__(self, checkpoint: Checkpoint, pooling: Pooling) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._processor, model = load_processor(checkpoint, "sound"), load_model(checkpoint)
        if not hasattr(self._processor, "sampling_rate"):
            what = "reads no sounds: its files say nothing of a sampling rate."
            raise DataError(Fault(f"model {checkpoint.name}", what, "Name a model of sounds."))
        self.rate: int = self._processor.sampling_rate
        self._has_pooler = has_trained_pooler(model, checkpoint)
        self._model, self._pooling = model.to(self._device), pooling

    def encode(self, sounds: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """float32 B x D."""
        vectors: dict[int, NDArray[np.float32]] = {}
        for length in sorted({len(sound) for sound in sounds}):
            places = [place for place, sound in enumerate(sounds) if len(sound) == length]
            vectors |= zip(places, self._vectors([sounds[place] for place in places]), strict=True)
        return np.stack([vectors[place] for place in range(len(sounds))])

    def _vectors(self, sounds: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        inputs = self._processor(sounds, sampling_rate=self.rate, return_tensors="pt")
        named = {name: inputs[name].to(self._device) for name in _INPUTS if name in inputs}
        with torch.inference_mode():
            if hasattr(self._model, "get_audio_features"):
                features: Any = self._model.get_audio_features(**named)
                found = features if isinstance(features, torch.Tensor) else features.pooler_output
            else:
                found = pooled(self._model(**named), self._pooling, self._has_pooler)
            return found.float().cpu().numpy()
