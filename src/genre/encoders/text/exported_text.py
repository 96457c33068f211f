"""A pretrained text model that reads without torch; `genre export` makes it."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import polars as pl
from pydantic import Field

from genre.core.artifacts import State, under
from genre.core.errors import DataError, Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.text._exported_model import ExportedModel
from genre.encoders.text._reader import Reader
from genre.encoders.text._texts import distinct_texts, spread, unit
from genre.nets.content_map import ContentMap, ContentRidge
from genre.values import Embeddings


class ExportedTextConfig(EncoderConfig):
    """How texts are put to the model, as its encoder had it."""

    model: str = Field("", description="What the model was called.")
    prefix: str = Field("", description="Put before every text.")
    normalize: bool = Field(True, description="Scale vectors to length 1.")


class ExportedTextEncoder(Encoder):
    """The network of a `transformer` in ONNX and its tokenizer; learns nothing itself.

    Where layers were left out, a linear map takes what remains to where the whole model puts texts.
    """

    config: ExportedTextConfig
    is_text: ClassVar[bool] = True
    is_exported = True
    EXAMPLES = ({}, {"model": "all-MiniLM-L6-v2", "prefix": "passage: ", "normalize": False})

    _exported: ExportedModel | None = None
    _map: ContentMap | None = None

    @classmethod
    def of(cls, model: ExportedModel, prefix: str, normalize: bool) -> Self:
        """An encoder that reads by a model."""
        made = cls(ExportedTextConfig(model=model.name, prefix=prefix, normalize=normalize))
        made._exported = model
        return made

    def towards(self, own: Embeddings, wanted: Embeddings) -> Self:
        """The same with a map from its own vectors of some rows to those that are wanted of them.

        A ridge regression; how much it is held back is what foretells left-out rows best.
        """
        told = own.present & wanted.present
        made = copy(self)
        made._map = ContentRidge.of(own.vectors[told], np.ones(int(told.sum()))).fit(wanted.vectors[told]).map
        return made

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        what = "'exported_text' learns nothing: genre export makes it of a fitted encoder."
        return (Fault("", what, "Write transformer."),)

    def fit(self, table: pl.DataFrame) -> None:
        raise DataError(self.obstacles(table))

    def encode(self, table: pl.DataFrame) -> Embeddings:
        return self._read(table, is_new=False)

    def encode_anew(self, table: pl.DataFrame) -> Embeddings:
        return self._read(table, is_new=True)

    def _read(self, table: pl.DataFrame, is_new: bool) -> Embeddings:
        places, texts = distinct_texts(table, self.config.prefix)
        known = self._reader.read(texts) if is_new else self._reader.vectors(texts)
        if self.config.normalize:
            known = unit(known)
        if self._map is not None:
            known = self._map.apply(known)
            known = unit(known) if self.config.normalize else known
        return spread(known, places)

    @property
    def width(self) -> int:
        return self._model.width

    def state(self) -> State:
        state, map_ = self._model.state(), self._map
        if map_ is not None:
            state.arrays.update({"map.centre": map_.centre, "map.weights": map_.weights, "map.offset": map_.offset})
        return state

    def restore(self, state: State) -> None:
        self._exported = ExportedModel.of_state(self.config.model, state)
        found = dict(under("map", state.arrays))
        self._map = ContentMap(found["centre"], found["weights"], found["offset"]) if found else None

    @property
    def _model(self) -> ExportedModel:
        if self._exported is None:
            raise NotFittedError("exported_text reads only what genre export wrote")
        return self._exported

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._model)
