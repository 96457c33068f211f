"""Loads models and tokenizers from files that are here already: no network, no foreign code, no pickles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from genre.core.errors import DataError, Fault
from genre.encoders.text._checkpoint import BRING_TOKENIZER, Checkpoint


def load_tokenizer(checkpoint: Checkpoint) -> Any:
    """The model's tokenizer.

    Raises:
        DataError: the files hold none that transformers knows, or one without words.
    """
    from transformers import AutoTokenizer

    with quiet(), _faults(checkpoint):
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, local_files_only=True)
    if tokenizer.vocab_size <= len(tokenizer.all_special_ids):
        raise DataError(Fault(str(checkpoint.folder), "holds a tokenizer that knows no words.", BRING_TOKENIZER))
    return tokenizer


def load_config(checkpoint: Checkpoint) -> Any:
    """What transformers knows about the model.

    Raises:
        DataError: it knows nothing.
    """
    from transformers import AutoConfig

    with quiet(), _faults(checkpoint):
        return AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True)


def load_model(checkpoint: Checkpoint, attention: str | None = None) -> Any:
    """The model in float32, ready to be asked; of an encoder-decoder the encoder.

    Args:
        attention: which implementation of it, None for the quickest.

    Raises:
        DataError: the files hold no model that transformers knows.
    """
    from transformers import AutoModel

    choice = {} if attention is None else {"attn_implementation": attention}
    with quiet(), _faults(checkpoint):
        model = AutoModel.from_pretrained(checkpoint.folder, local_files_only=True, use_safetensors=True, **choice)
    return (model.get_encoder() if model.config.is_encoder_decoder else model).float().eval()


def load_outline(checkpoint: Checkpoint) -> Any:
    """The model without weights; of an encoder-decoder the encoder.

    Raises:
        DataError: the files hold no model that transformers knows.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    with quiet(), _faults(checkpoint), torch.device("meta"):
        config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True)
        model = AutoModel.from_config(config)
    return model.get_encoder() if config.is_encoder_decoder else model


def load_processor(checkpoint: Checkpoint, medium: str) -> Any:
    """What makes a model's inputs of pictures or (any other word) sounds; the same with and without torchvision.

    Raises:
        DataError: the files hold none that transformers knows.
    """
    from transformers import AutoFeatureExtractor, AutoImageProcessor

    with quiet(), _faults(checkpoint):
        if medium == "picture":
            return AutoImageProcessor.from_pretrained(checkpoint.folder, local_files_only=True, backend="pil")
        return AutoFeatureExtractor.from_pretrained(checkpoint.folder, local_files_only=True)


@contextmanager
def _faults(checkpoint: Checkpoint) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            Fault(
                f"model {checkpoint.name}",
                f"cannot be loaded: {reason.rstrip('.')}.",
                f"Check the files in {checkpoint.folder}.",
            )
        ) from None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' own progress bars and load reports off the screen."""
    from transformers.utils import logging

    level, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if has_bars:
            logging.enable_progress_bar()
