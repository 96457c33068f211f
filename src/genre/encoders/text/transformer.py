"""A pretrained language model, frozen: any hub name or local folder."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from genre.core.artifacts import State
from genre.core.errors import BundleError, Fault
from genre.core.secret import Secret
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._finding import find_checkpoint, obstacles
from genre.encoders.text._onnx_packages import missing_packages
from genre.encoders.text._reader import Reader, Reading
from genre.encoders.text._texts import row_texts
from genre.values import Embeddings


class TransformerConfig(EncoderConfig):
    """Which model reads the texts, and how."""

    model: str = Field("all-MiniLM-L6-v2", min_length=1, description="Hub name or local folder, safetensors only.")
    revision: str | None = Field(None, description="Branch, tag or commit on the hub; None: the newest.")
    token: Secret | None = Field(None, description="Environment variable with the hub's token, for private models.")
    pooling: Literal["auto", "mean", "cls", "last", "attention"] = Field(
        "auto", description="How token states become one vector; auto: as the model was trained, else mean."
    )
    prefix: str = Field("", description="Put before every text, for models trained so, such as 'passage: ' for E5.")
    max_length: int | None = Field(None, ge=3, le=131_072, description="Tokens read per text; None: as the model says.")
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


class TransformerEncoder(Encoder):
    """Texts of one row joined, read once by a frozen model, pooled into one vector; equal texts are read once.

    Vectors are kept on disk by model files, settings and text. Layers that sentence-transformers puts behind the
    pooling (dense ones) are not applied.
    Reference: Reimers and Gurevych, Sentence-BERT, arXiv 1908.10084.
    """

    config: TransformerConfig
    is_text: ClassVar[bool] = True
    EXAMPLES = ({}, {"pooling": "cls", "max_length": 32, "normalize": False, "precision": "float32"})

    _expected: dict[str, Any] | None = None

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        config = self.config
        needed = () if config.backend == "torch" else missing_packages()
        return (*needed, *obstacles(config.model, config.revision, config.token))

    def encode(self, table: pl.DataFrame) -> Embeddings:
        texts = row_texts(table)
        place: dict[str, int] = {}
        places = np.array([place.setdefault(text, len(place)) if text else -1 for text in texts], dtype=np.int64)
        known = self._reader.vectors([self.config.prefix + text for text in place])
        if self.config.normalize:
            known /= np.maximum(np.linalg.norm(known, axis=1, keepdims=True), 1e-12)
        present = places >= 0
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        vectors[present] = known[places[present]]
        return Embeddings(vectors, present)

    @property
    def width(self) -> int:
        return self._reader.width

    def state(self) -> State:
        return State({"digest": self._checkpoint.digest, "revision": self._checkpoint.revision})

    def restore(self, state: State) -> None:
        """Take back which files the vectors came from; they are looked for and checked when a text is encoded."""
        self._expected = state.meta

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        expected = self._expected or {}
        config = self.config
        found = find_checkpoint(config.model, expected.get("revision") or config.revision, config.token)
        if expected and found.digest != expected["digest"]:
            raise BundleError(
                Fault(
                    f"model {config.model}",
                    f"the files in {found.folder} are not those that made the bundle's vectors.",
                    "Bring those files back, or fit the recipe again.",
                )
            )
        return found

    @cached_property
    def _reader(self) -> Reader:
        config, checkpoint = self.config, self._checkpoint
        pooling = checkpoint.pooling() if config.pooling == "auto" else config.pooling
        reading = Reading(config.backend, self._precision(), pooling, config.max_length)
        return Reader(checkpoint, reading, config.batch_tokens)

    def _precision(self) -> str:
        if self.config.backend == "int8":
            return "int8"
        if self.config.backend == "onnx" or self.config.precision != "auto":
            return self.config.precision.replace("auto", "float32")
        from genre.encoders.text._torch_engine import native_precision

        return native_precision()
