"""Virtual tokens: trained word vectors before the text, or trained keys and values in every layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Prompt(nn.Module):
    """Trained word vectors that stand before each text; they begin as those of words drawn at random.

    peft's own wraps whole task models; this one works on any model that takes word vectors.
    Reference: Lester et al., arXiv 2104.08691.
    """

    def __init__(self, model: Any, n_tokens: int) -> None:
        super().__init__()
        words = model.get_input_embeddings().weight
        self.vectors = nn.Parameter(words[torch.randint(len(words), (n_tokens,))].detach().clone())

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Word vectors B x L x E and mask B x L, both with the virtual tokens in front."""
        vectors = self.vectors.to(words.dtype).expand(len(words), -1, -1)
        return torch.cat([vectors, words], dim=1), torch.cat([mask.new_ones(vectors.shape[:2]), mask], dim=1)


class Prefix(nn.Module):
    """Trained keys and values that every learning layer attends to beside those of the text.

    They begin as what random words give. Positions of the text stay as without them, so that a model with few
    positions loses none; peft's own shifts them and works on whole task models only.
    Reference: Li and Liang, arXiv 2101.00190.

    Args:
        layers: those that get a prefix.
    """

    def __init__(self, model: Any, layers: Sequence[nn.Module], n_tokens: int) -> None:
        super().__init__()
        n_words = len(model.get_input_embeddings().weight)
        recorder = _Recorder()
        with torch.no_grad():
            words, seen = torch.randint(n_words, (1, n_tokens)), torch.ones(1, 1, n_tokens, n_tokens, dtype=torch.bool)
            model(input_ids=words, attention_mask=seen, past_key_values=recorder)
        attentions: list[Any] = [part for layer in layers for part in layer.modules() if hasattr(part, "layer_idx")]
        indices = sorted({int(part.layer_idx) for part in attentions})
        if model.config._attn_implementation != "sdpa" or not set(indices) <= set(recorder.keys) or not indices:
            raise TypeError("attention takes no keys and values from before")
        self.is_causal = bool(getattr(attentions[0], "is_causal", False))
        self.first, self.n_tokens = indices[0], n_tokens
        self.keys = nn.Parameter(torch.cat([recorder.keys[place] for place in indices]))
        self.values = nn.Parameter(torch.cat([recorder.values[place] for place in indices]))

    def forward(self, mask: Tensor) -> tuple[Past, Tensor]:
        """What the model takes as past, and the mask as it wants it then: bool B x 1 x L x (prefix + L)."""
        n_rows, length = mask.shape
        seen = mask.bool()[:, None, None, :].expand(n_rows, 1, length, length)
        if self.is_causal:
            seen = seen & torch.ones(length, length, dtype=torch.bool, device=mask.device).tril()
        prefix = torch.ones(n_rows, 1, length, self.n_tokens, dtype=torch.bool, device=mask.device)
        return Past(self.keys, self.values, self.first), torch.cat([prefix, seen], dim=-1)


class Past:
    """Looks like a cache of transformers that holds the prefix and remembers nothing.

    Args:
        keys: layers x heads x n x width of a head; values alike.
        first: number of the first of these layers in the model.
    """

    def __init__(self, keys: Tensor, values: Tensor, first: int) -> None:
        self._keys, self._values, self._first = keys, values, first

    def update(self, keys: Tensor, values: Tensor, layer_idx: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Keys and values (B x heads x L x width) with the prefix in front."""
        place = layer_idx - self._first
        before = [part[place].to(keys.dtype).expand(len(keys), -1, -1, -1) for part in (self._keys, self._values)]
        return torch.cat([before[0], keys], dim=2), torch.cat([before[1], values], dim=2)

    def get_seq_length(self, *_: Any, **__: Any) -> int:
        """0: positions of the text begin there."""
        return 0


class _Recorder(Past):
    def __init__(self) -> None:
        self.keys: dict[int, Tensor] = {}
        self.values: dict[int, Tensor] = {}

    def update(self, keys: Tensor, values: Tensor, layer_idx: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        self.keys[layer_idx], self.values[layer_idx] = keys.detach().clone(), values.detach().clone()
        return keys, values
