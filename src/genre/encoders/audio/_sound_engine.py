"""A sound model of transformers as something that makes vectors of sounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.core.errors import DataError, Fault
from genre.encoders._pooled import Pooling, has_trained_pooler, pooled
from genre.encoders._tuned_media import Learner
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model, load_processor

_INPUTS = ("input_values", "input_features")


class SoundModel(nn.Module):
    """What the model's files make of sounds, B x L or B x bands x frames, -> B x D."""

    def __init__(self, checkpoint: Checkpoint, pooling: Pooling) -> None:
        super().__init__()
        self.model, self._pooling = load_model(checkpoint), pooling
        self._has_pooler = has_trained_pooler(self.model, checkpoint)

    def forward(self, **named: Tensor) -> Tensor:
        if hasattr(self.model, "get_audio_features"):
            features: Any = self.model.get_audio_features(**named)
            return features if isinstance(features, Tensor) else features.pooler_output
        return pooled(self.model(**named), self._pooling, self._has_pooler)


class SoundLearner(Learner):
    """The same of stored arrays; samples of a sound that is shorter end in NaN.

    Args:
        name: of what the model reads.
    """

    def __init__(self, model: SoundModel, name: str) -> None:
        super().__init__(model)
        self._name = name

    def forward(self, arrays: Tensor) -> Tensor:
        if arrays.ndim > 2:
            return self._heard(arrays)
        lengths = (~arrays.isnan()).sum(dim=1)
        groups = [torch.nonzero(lengths == length).squeeze(1) for length in lengths.unique()]
        parts = [self._heard(arrays[rows, : int(lengths[rows[0]])]) for rows in groups]
        return torch.cat(parts)[torch.cat(groups).argsort()]

    def _heard(self, arrays: Tensor) -> Tensor:
        found: Tensor = self.model(**{self._name: arrays.float()})
        return found


class SoundEngine:
    """On the GPU where there is one.

    Sounds of one length go together: many of these models hear the padding of a shorter one.
    """

    def __init__(self, checkpoint: Checkpoint, pooling: Pooling) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._checkpoint, self._pooling = checkpoint, pooling
        self._processor, model = load_processor(checkpoint, "sound"), SoundModel(checkpoint, pooling)
        if not hasattr(self._processor, "sampling_rate"):
            what = "reads no sounds: its files say nothing of a sampling rate."
            raise DataError(Fault(f"model {checkpoint.name}", what, "Name a model of sounds."))
        self.rate: int = self._processor.sampling_rate
        self._model = model.to(self._device)

    def encode(self, contents: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """float32 B x D."""
        vectors: dict[int, NDArray[np.float32]] = {}
        for length in sorted({len(sound) for sound in contents}):
            places = [place for place, sound in enumerate(contents) if len(sound) == length]
            vectors |= zip(places, self._vectors([contents[place] for place in places]), strict=True)
        return np.stack([vectors[place] for place in range(len(contents))])

    def prepare(self, content: NDArray[np.float32]) -> NDArray[np.float16]:
        """What the model reads of a sound: samples [L], or bands over time."""
        (array,) = self._processed([content]).values()
        return array[0].numpy().astype(np.float16)

    def learner(self) -> SoundLearner:
        """A copy of the model that reads what `prepare` gives."""
        (name,) = self._processed([np.zeros(self.rate, dtype=np.float32)])
        return SoundLearner(SoundModel(self._checkpoint, self._pooling), name)

    def _vectors(self, sounds: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        named = {name: values.to(self._device) for name, values in self._processed(sounds).items()}
        with torch.inference_mode():
            return self._model(**named).float().cpu().numpy()

    def _processed(self, sounds: list[NDArray[np.float32]]) -> dict[str, Tensor]:
        inputs = self._processor(sounds, sampling_rate=self.rate, return_tensors="pt")
        return {name: inputs[name] for name in _INPUTS if name in inputs}
