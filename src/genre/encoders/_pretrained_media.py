"""What the pretrained encoders of pictures and of sounds share: frozen, or learning with the tower."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault
from genre.encoders._array_store import Stored
from genre.encoders._frozen_media import FrozenMediaConfig, FrozenMediaEncoder
from genre.encoders._media_arrays import ArrayReader
from genre.encoders._tuned_config import TopLayers, TunedConfig, frozen_layers, parse_way
from genre.encoders._tuned_encoder import TunedEncoder
from genre.encoders.text._finding import at_hand
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn


def _parsed(value: Any) -> Any:
    return parse_way(value, TopLayers, "none, head, full or {top_layers: 2}")


class PretrainedMediaConfig(TunedConfig, FrozenMediaConfig):
    """Which model, and what of it learns."""

    tune: Annotated[Literal["none", "head", "full"] | TopLayers, BeforeValidator(_parsed)] = Field(
        "none",
        description="What learns: none, head (two layers on the frozen vectors), {top_layers: k}, or full. The last "
        "two read the files of a batch in every step: all of them, where the loss compares with the whole catalogue.",
    )
    chunk: int = Field(8, ge=1, le=65_536, description="Files that are read at a time in training.")


class PretrainedMediaEncoder(TunedEncoder, FrozenMediaEncoder):
    """With `tune`, the frozen vectors say where training starts.

    What a model that learns reads of the files is kept on disk, memory-mapped.
    """

    config: PretrainedMediaConfig

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        faults = super().obstacles(table)
        if faults or not isinstance(self.config.tune, TopLayers) or not self._is_here:
            return faults
        from genre.encoders._tuned_media import stack_of

        try:
            frozen_layers(self.config.tune, len(stack_of(self._outline())))
        except (ValueError, LookupError) as error:
            return (self._untunable(error),)
        return ()

    def fit(self, table: pl.DataFrame) -> None:
        super().fit(table)
        if self.is_trained:
            self._fit_whitening(self._frozen(table))

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self.is_trained:
            self._require_fitted()
        frozen = self._frozen(table)
        if self.config.tune in ("none", "head"):
            return frozen
        path = self._path({**self._input_settings(), "kept": "inputs"}).with_suffix(".bin")
        blank = self._prepared(self._blank())
        reader = ArrayReader(lambda file: self._prepared(self._read(file)), path, blank.shape, blank.dtype)
        files, _ = self._files(table)
        return replace(frozen, inputs=reader.stored(files, len(table), f"Reading {self.medium}s"))

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        if not self.is_trained:
            return super().network(embeddings, width)
        import torch

        from genre.encoders._tuned_media import TunedHead, TunedMedia

        if self.config.tune == "head":
            return TunedHead(self._whitening.apply(embeddings), width, self._seed)
        assert isinstance(embeddings.inputs, Stored)
        with torch.random.fork_rng():  # loading draws numbers for what files lack, if only to drop them
            learner = self._engine.learner()
        try:
            learner.let_learn(self.config.tune, self._prepared(self._blank()))
        except (ValueError, LookupError) as error:
            raise DataError(self._untunable(error)) from None
        return TunedMedia(learner, embeddings.inputs, self._whitening, self.config, width)

    def state(self) -> State:
        return self._learned_state(self._origin)

    def _prepared(self, content: Any) -> NDArray[Any]:
        """What a model that learns reads of a content; of one shape for all."""
        return self._engine.prepare(content)

    @property
    def _is_here(self) -> bool:
        """Whether the model's files need not be fetched first."""
        return at_hand(self.config.model, self.config.revision) is not None

    def _outline(self) -> nn.Module:
        """The model without its weights."""
        from genre.encoders.text._loading import load_outline

        outline: nn.Module = load_outline(self._checkpoint)
        return outline

    def _untunable(self, error: Exception) -> Fault:
        what = f"{str(error).removesuffix('.')}."
        return Fault(f"model {self.config.model}", what, "Lower top_layers, or set tune to full.")
