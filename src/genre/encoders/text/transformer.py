"""A pretrained language model, frozen: any hub name or local folder."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import BundleError, Fault
from genre.core.progress import step
from genre.core.secret import Secret
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.text._checkpoint import Checkpoint, check_packaged, find_checkpoint
from genre.encoders.text._texts import row_texts
from genre.values import Embeddings

_CHUNK = 8192
"""Texts that are tokenised at a time."""


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
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic; auto: bfloat16 where the hardware multiplies it natively (cosine > 0.999)."
    )
    batch_tokens: int = Field(4096, ge=64, description="Tokens per batch, padding included.")


class TransformerEncoder(Encoder):
    """Texts of one row joined, read once by a frozen model, pooled into one vector; equal texts are read once.

    Modules that sentence-transformers puts behind the pooling (dense layers) are not applied.
    Reference: Reimers and Gurevych, Sentence-BERT, arXiv 1908.10084.
    """

    config: TransformerConfig
    is_text: ClassVar[bool] = True
    EXAMPLES = ({}, {"pooling": "cls", "max_length": 32, "normalize": False})

    _expected: dict[str, Any] | None = None

    def encode(self, table: pl.DataFrame) -> Embeddings:
        texts = row_texts(table)
        distinct = list(dict.fromkeys(text for text in texts if text))
        known = self._vectors([self.config.prefix + text for text in distinct])
        place = {text: row for row, text in enumerate(distinct)}
        present = np.array([bool(text) for text in texts], dtype=np.bool_)
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        vectors[present] = known[[place[text] for text in texts if text]]
        if self.config.normalize:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return Embeddings(vectors, present)

    @property
    def width(self) -> int:
        return int(self._engine.width)

    def state(self) -> State:
        return State({"digest": self._checkpoint.digest(), "revision": self._checkpoint.revision})

    def restore(self, state: State) -> None:
        """Take back which files the vectors came from; they are looked for, and checked, when a text is encoded."""
        self._expected = state.meta

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        config, expected = self.config, self._expected or {}
        token = config.token.reveal() if config.token else None
        found = find_checkpoint(config.model, expected.get("revision") or config.revision, token)
        check_packaged(found)
        if self._expected is not None and found.digest() != expected["digest"]:
            raise BundleError(
                Fault(
                    f"model {config.model}",
                    f"the files in {found.folder} are not those that made this bundle's vectors.",
                    "Bring back the same files, or fit the recipe again.",
                )
            )
        return found

    @cached_property
    def _engine(self) -> Any:
        from genre.encoders.text._torch_engine import TorchEngine, multiplies_bfloat16

        precision = self.config.precision
        if precision == "auto":
            precision = "bfloat16" if multiplies_bfloat16() else "float32"
        pooling = self._checkpoint.pooling() if self.config.pooling == "auto" else self.config.pooling
        return TorchEngine(self._checkpoint, pooling, precision)

    @cached_property
    def _tokenizer(self) -> Any:
        from genre.encoders.text._loading import load_tokenizer

        return load_tokenizer(self._checkpoint)

    def _vectors(self, texts: list[str]) -> NDArray[np.float32]:
        from genre.encoders.text._tokens import token_batches

        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        with step(f"Reading texts with {self.config.model}", len(texts)) as bar:
            for start in range(0, len(texts), _CHUNK):
                chunk = texts[start : start + _CHUNK]
                length = self.config.max_length or self._checkpoint.max_length(self._tokenizer, self._engine.config)
                for batch in token_batches(chunk, self._tokenizer, length, self.config.batch_tokens):
                    vectors[start + batch.places] = self._engine.encode(batch)
                    bar.advance(len(batch.places))
        return vectors
