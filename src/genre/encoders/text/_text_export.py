"""From a pretrained model to one that reads texts without torch."""

from __future__ import annotations

import numpy as np

from genre.core.errors import DataError, ExportError, Fault
from genre.encoders.base import Slimming
from genre.encoders.text._exported_model import ExportedModel
from genre.encoders.text._onnx_export import onnx_file
from genre.encoders.text._pretrained_text import PretrainedText

SAMPLES = ("Heat (1995). Action, Crime", "La Cité des enfants perdus", "我喜欢科幻电影", "long " * 2000, "?")
"""Texts that both tokenizers must cut alike."""


def exported_model(model: PretrainedText, slimming: Slimming) -> ExportedModel:
    """The same model, or its lowest layers, without torch.

    Raises:
        ExportError: ONNX cannot say what the model does, it has fewer layers, or its tokenizer needs transformers.
    """
    where = f"model {model.name}"
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ExportError(Fault(where, "has a tokenizer that only transformers can run.", "Bring tokenizer.json."))
    try:
        precision = "mixed" if slimming.precision == "int8" else "float32"
        path = onnx_file(model.checkpoint, model.reading.pooling, precision, slimming.layers)
    except DataError as error:
        raise ExportError(error.faults) from None
    padding = model.tokenizer.pad_token_id
    made = ExportedModel(
        name=model.name,
        network=path.read_bytes(),
        tokenizer=backend.to_str().encode("utf-8"),
        width=model.width,
        max_length=model.max_length,
        padding=int(padding) if padding is not None else 0,
        side=model.tokenizer.truncation_side,
    )
    mine, theirs = made.tokens(SAMPLES), model.tokens(SAMPLES)
    if not (np.array_equal(mine.ids, theirs.ids) and np.array_equal(mine.offsets, theirs.offsets)):
        what = "has a tokenizer that cuts texts in another way without transformers."
        raise ExportError(Fault(where, what, "Take another model, or leave the feature out."))
    return made
