"""A pretrained language model, frozen or tuned with the recommender: any hub name or local folder."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault
from genre.core.secret import Secret
from genre.encoders._tuned_encoder import TunedEncoder
from genre.encoders.base import Encoder, Slimming
from genre.encoders.text._checkpoint import SHORTEST, Checkpoint, missing_tokenizer
from genre.encoders.text._finding import at_hand, find_checkpoint, obstacles
from genre.encoders.text._onnx_packages import missing_packages
from genre.encoders.text._pretrained_text import PretrainedText, Reading
from genre.encoders.text._reader import Reader
from genre.encoders.text._texts import distinct_texts, row_texts, spread, unit
from genre.encoders.text._tuning import TunedTextConfig
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn

    from genre.encoders.text._tuned_reader import TunedReader


class TransformerConfig(TunedTextConfig):
    """Which model reads the texts, how, and what of it learns."""

    model: str = Field(
        "all-MiniLM-L6-v2", min_length=1, description="Hub name, local folder with safetensors, or GGUF file."
    )
    revision: str | None = Field(None, description="Branch, tag or commit on the hub; None: the newest.")
    token: Secret | None = Field(None, description="Environment variable with the hub's token, for private models.")
    pooling: Literal["auto", "mean", "cls", "last", "attention"] = Field(
        "auto",
        description="How token states become one vector; auto: as the model was trained, else mean. Where something "
        "learns, attention is trained; with tune: head, auto means that.",
    )
    prefix: str = Field("", description="Put before every text, for models trained so, such as 'passage: ' for E5.")
    max_length: int | None = Field(
        None, ge=SHORTEST, le=131_072, description="Tokens read per text; None: as the model says."
    )
    normalize: bool = Field(True, description="Scale vectors to length 1.")
    backend: Literal["torch", "onnx", "int8"] = Field(
        "torch", description="What computes; int8 is the quick one for CPUs without bfloat16 units (cosine about 0.99)."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic of torch; auto: bfloat16 on hardware with units for it (cosine above 0.999)."
    )
    batch_tokens: int | None = Field(None, ge=64, description="Tokens per batch; None: as suits the backend.")

    @model_validator(mode="after")
    def _precision_fits(self) -> Self:
        if self.backend != "torch" and self.precision == "bfloat16":
            raise ValueError(f"precision bfloat16 needs backend torch, not {self.backend}.")
        return self

    @model_validator(mode="after")
    def _tuning_fits(self) -> Self:
        if self.tune != "none" and self.backend != "torch":
            raise ValueError(f"tune {self.kind} needs backend torch, not {self.backend}.")
        if self.tune == "head" and self.pooling not in ("auto", "attention"):
            raise ValueError(f"tune head trains an attention, not pooling {self.pooling}. Leave pooling out.")
        return self


class TransformerEncoder(TunedEncoder):
    """Texts of one row joined, read once by a frozen model, pooled into one vector; equal texts are read once.

    With `tune`, these vectors say where training starts: it reads the texts, or the states that leave the layers
    without anything that learns (kept on disk, about 1 KB a token), through the rest of the model.

    Vectors are kept on disk by model files, settings and text. Layers that sentence-transformers puts behind the
    pooling (dense ones) are not applied.
    Reference: Reimers and Gurevych, Sentence-BERT, arXiv 1908.10084.
    """

    config: TransformerConfig
    is_text: ClassVar[bool] = True
    EXAMPLES = (
        {},
        {"pooling": "cls", "max_length": 32, "normalize": False, "precision": "float32"},
        {"tune": {"top_layers": 1}, "pooling": "attention", "max_length": 32},
    )

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        config = self.config
        needed = () if config.backend == "torch" else missing_packages()
        faults = (*needed, *obstacles(config.model, config.revision, config.token))
        found = None if faults else at_hand(config.model, config.revision)
        if found is None:
            return faults
        lacking = missing_tokenizer(found.folder)
        return lacking or (self._tuned_reader.obstacles() if self.is_trained else ())

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        if any(row_texts(table)):
            return ()
        what = f"none of {len(table):,} training rows has a text."
        return (Fault(f"columns {', '.join(table.columns)}", what, "Add texts for some, or leave the feature out."),)

    def fit(self, table: pl.DataFrame) -> None:
        if self.is_trained:
            self._fit_whitening(self._frozen(*distinct_texts(table, self.config.prefix)))

    def encode(self, table: pl.DataFrame) -> Embeddings:
        places, texts = distinct_texts(table, self.config.prefix)
        if not self.is_trained:
            return self._frozen(places, texts)
        self._require_fitted()
        frozen = self._frozen(places, texts)
        return replace(frozen, inputs=self._tuned_reader.inputs(places, texts))

    def encode_anew(self, table: pl.DataFrame) -> Embeddings:
        places, texts = distinct_texts(table, self.config.prefix)
        known = self._reader.read(texts)
        return spread(unit(known) if self.config.normalize else known, places)

    def exported(self, slimming: Slimming) -> Encoder:
        if self.is_trained:
            return super().exported(slimming)
        from genre.encoders.text._text_export import exported_model
        from genre.encoders.text.exported_text import ExportedTextEncoder

        model = exported_model(self._model, slimming)
        return ExportedTextEncoder.of(model, self.config.prefix, self.config.normalize)

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        from genre.encoders.text._tokens import TextInputs

        if not self.is_trained:
            return super().network(embeddings, width)
        assert isinstance(embeddings.inputs, TextInputs)
        return self._tuned_reader.network(embeddings.inputs, self._whitening, width)

    def _frozen(self, places: NDArray[np.int64], texts: list[str]) -> Embeddings:
        """The vectors without tuning."""
        known = self._reader.vectors(texts)
        return spread(unit(known) if self.config.normalize else known, places)

    @property
    def width(self) -> int:
        return self._reader.width

    @property
    def pretrained_bytes(self) -> int:
        """Size of the model's own files, which no bundle holds."""
        return sum(file.stat().st_size for file in self._checkpoint.folder.glob("model*.safetensors"))

    def state(self) -> State:
        return self._learned_state(self._checkpoint.origin)

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        checkpoint = find_checkpoint(self.config.model, self.config.revision, self.config.token, self._bundled)
        faults = missing_tokenizer(checkpoint.folder)
        if faults:
            raise DataError(faults)
        return checkpoint

    @cached_property
    def _model(self) -> PretrainedText:
        pooling = "mean" if self.is_trained and self._pooling == "attention" else self._pooling
        reading = Reading(self.config.backend, self._precision(), pooling, self.config.max_length)
        return PretrainedText(self._checkpoint, reading)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._model, self.config.batch_tokens)

    @cached_property
    def _tuned_reader(self) -> TunedReader:
        from genre.encoders.text._tuned_reader import TunedReader

        config = self.config
        return TunedReader(self._checkpoint, config, self._pooling, config.max_length, config.normalize, self._seed)

    @property
    def _pooling(self) -> str:
        """As asked for; where that is auto, as the model was trained, or the attention that is to be."""
        if self.config.pooling != "auto":
            return self.config.pooling
        return "attention" if self.config.tune == "head" else self._checkpoint.pooling()

    def _precision(self) -> str:
        if self.config.backend == "int8":
            return "int8"
        if self.config.backend == "onnx" or self.config.precision != "auto":
            return self.config.precision.replace("auto", "float32")
        from genre.encoders.text._torch_engine import native_precision

        return native_precision()
