"""A checkpoint read for tuning: tokens and cached states of texts, and the network that starts from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genre.core.errors import DataError, Fault
from genre.core.progress import step
from genre.core.seeds import derive
from genre.encoders._tuned_config import frozen_layers
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._language import LanguageModel, states_at
from genre.encoders.text._layers import layers_of
from genre.encoders.text._loading import load_model, load_outline, load_tokenizer
from genre.encoders.text._state_store import Parts, states_in_memory, states_path, stored_states
from genre.encoders.text._tokens import TextInputs, TokenTable
from genre.encoders.text._tuned_text import AttentionPool, FixedPool, TunedText
from genre.encoders.text._tuning import PromptTuning, TunedTextConfig, Tuning
from genre.nets.pretrained import Pretrained
from genre.nets.whitening import Whitening

FEW = 64
"""Up to this many texts (new items, one by one) are not worth a file."""


@dataclass(frozen=True, eq=False)
class TunedReader:
    """One model and one way to tune it.

    Attributes:
        pooling: mean, cls, last or attention (trained).
        max_length: tokens per text, None for what the model says.
        seed: of what is added to the model.
    """

    checkpoint: Checkpoint
    config: TunedTextConfig
    pooling: str
    max_length: int | None
    normalize: bool
    seed: int

    def obstacles(self) -> tuple[Fault, ...]:
        """What speaks against tuning this model so, as far as its config tells."""
        try:
            _ = self._n_lower, self._length
        except DataError as error:
            return error.faults
        return ()

    def inputs(self, places: NDArray[np.int64], texts: Sequence[str]) -> TextInputs:
        """What the network reads of rows, given the place (int64 [N], -1: none) of each one's text among `texts`."""
        order = sorted(range(len(texts)), key=lambda place: texts[place])
        rank = np.empty(len(texts) + 1, dtype=np.int64)
        rank[order], rank[-1] = np.arange(len(texts)), -1
        chosen = [texts[place] for place in order]
        length = self._length
        tokens = TokenTable.of(chosen, self._tokenizer, length)
        states = self._states(chosen, tokens, length) if self._is_cached else None
        return TextInputs(rank[places], tokens, states)

    def network(self, inputs: TextInputs, whitening: Whitening, width: int) -> nn.Module:
        """The untrained network of these rows. What is random comes from the seed, but the map at its end, which draws
        what a projection of frozen vectors draws."""
        pool: nn.Module = FixedPool(self.pooling)
        language = None
        with torch.random.fork_rng():
            torch.manual_seed(derive(self.seed, "tuning"))
            if self.pooling == "attention":
                pool = Pretrained(AttentionPool(self._model_config.hidden_size), None)
            if self.config.tune != "head":
                language = Pretrained(self._language(), self.config.peak_rate)
        return TunedText(language, pool, inputs, self.normalize, whitening, self.config, width)

    def _language(self) -> LanguageModel:
        try:
            return LanguageModel(self._load(), self.config, self._is_cached)
        except ValueError as error:
            what, _, mend = str(error).partition(". ")
            raise DataError(Fault(f"model {self.checkpoint.name}", f"{what}.".replace("..", "."), mend)) from None

    def _states(self, texts: Sequence[str], tokens: TokenTable, length: int) -> NDArray[Any]:
        """What enters the learning layers: [T, D]."""
        shape = (len(tokens.ids), int(self._model_config.hidden_size))
        if len(texts) <= FEW:
            return states_in_memory(shape, lambda: self._computed(tokens))
        label, digest = self.checkpoint.label, self.checkpoint.digest
        path = states_path(digest, label, self._n_lower, length, texts)
        return stored_states(path, shape, lambda: self._computed(tokens))

    def _computed(self, tokens: TokenTable) -> Parts:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = self._load().to(device)
        with step(f"Keeping states of {self.checkpoint.name}", len(tokens)) as bar:
            for batch in tokens.batches(2048 if device.type == "cpu" else 65_536):
                ids, mask = (torch.from_numpy(each).to(device) for each in (batch.ids, batch.mask))
                states = states_at(model, self._n_lower, ids, mask)
                places, is_token = tokens.places(batch.places)
                yield places[is_token], states.float().cpu().numpy()[is_token]
                bar.advance(len(batch.places))

    @property
    def _is_cached(self) -> bool:
        tune = self.config.tune
        return tune == "head" or (isinstance(tune, Tuning) and tune.cache and self._n_lower > 0)

    @cached_property
    def _n_lower(self) -> int:
        n_layers = len(layers_of(self._outline))
        try:
            return frozen_layers(self.config.tune, n_layers)
        except ValueError as error:
            raise DataError(
                Fault(f"model {self.checkpoint.name}", str(error), f"Set tune to {n_layers} layers or fewer.")
            ) from None

    @cached_property
    def _outline(self) -> Any:
        return load_outline(self.checkpoint)

    @property
    def _model_config(self) -> Any:
        return self._outline.config

    def _load(self) -> Any:
        return load_model(self.checkpoint)

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(self.checkpoint)

    @cached_property
    def _length(self) -> int:
        tune = self.config.tune
        n_virtual = tune.n_tokens if isinstance(tune, PromptTuning) else 0
        return self.checkpoint.max_length(self._tokenizer, self._model_config, self.max_length, n_virtual)
