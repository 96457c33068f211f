"""A text model out of a bundle: a network in ONNX and a tokenizer, without torch and transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from genre.core.artifacts import State
from genre.encoders._vector_cache import cache_path
from genre.encoders.text._checkpoint import label
from genre.encoders.text._onnx_engine import OnnxEngine
from genre.encoders.text._tokens import TokenTable

NETWORK, TOKENIZER = "text.onnx", "tokenizer.json"
_FORMAT = 1
"""Raised when the same files begin to give other vectors."""


@dataclass(frozen=True, eq=False)
class ExportedModel:
    """What reads texts.

    Attributes:
        name: of the model that it was made from.
        network: in ONNX, token ids and mask -> vectors.
        tokenizer: a file of the package tokenizers.
        width: of the vectors.
        max_length: tokens read per text.
        padding: the token that fills shorter texts.
        side: left or right, where what is too long is cut.
    """

    name: str
    network: bytes
    tokenizer: bytes
    width: int
    max_length: int
    padding: int
    side: str

    @staticmethod
    def of_state(name: str, state: State) -> ExportedModel:
        """The inverse of `state`."""
        return ExportedModel(name, state.files[NETWORK], state.files[TOKENIZER], **state.meta)

    def state(self) -> State:
        """For `of_state`."""
        meta = {name: getattr(self, name) for name in ("width", "max_length", "padding", "side")}
        return State(meta, files={NETWORK: self.network, TOKENIZER: self.tokenizer})

    @cached_property
    def kept_vectors(self) -> Path:
        digests = [hashlib.sha256(content).hexdigest() for content in (self.network, self.tokenizer)]
        settings = {"format": _FORMAT, "files": digests, "max_length": self.max_length, "side": self.side}
        return cache_path("texts", f"{label(self.name)}-exported", settings)

    @cached_property
    def engine(self) -> OnnxEngine:
        return OnnxEngine(self.network)

    def tokens(self, texts: Sequence[str]) -> TokenTable:
        found = self._tokenizer.encode_batch(list(texts)) if texts else []
        return TokenTable.of_rows([one.ids for one in found], self.padding)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self.tokenizer.decode("utf-8"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_length, direction=self.side)
        return tokenizer
