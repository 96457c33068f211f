"""Language models in GGUF files, written out once as a folder that loads like any other."""

from __future__ import annotations

import importlib.util
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from genre.core.artifacts import replacing, write_json
from genre.core.cache_dir import cache_dir
from genre.core.errors import DataError, Fault, MissingExtraError
from genre.core.file_digest import file_digest
from genre.core.progress import step
from genre.encoders.text._checkpoint import POOLING, SOURCE

_FORMAT = 1
"""Raised when files begin to be written otherwise."""


def missing_packages(name: str) -> tuple[Fault, ...]:
    """A fault where the reader of such files is not installed."""
    if importlib.util.find_spec("gguf") is not None:
        return ()
    return MissingExtraError("gguf", "models", f"model {name}").faults


def unpacked(name: str, file: Path) -> Path:
    """The folder of the model in `file`: float16 weights, and the last token's state as its vector.

    Raises:
        DataError: the file holds no model that transformers knows.
        MissingExtraError: the package gguf is not installed.
    """
    if missing_packages(name):
        raise MissingExtraError("gguf", "models", f"model {name}")
    digest = file_digest(file)
    folder = cache_dir() / "models" / f"{file.stem[:60]}-{_FORMAT}-{digest[:24]}"
    if not (folder / SOURCE).exists():
        with step(f"Unpacking {file.name}"), replacing(folder) as temporary:
            _unpack(name, file, temporary)
            (temporary / SOURCE).write_text(f"{_FORMAT} {digest}\n", encoding="ascii")
    return folder


def _unpack(name: str, file: Path, folder: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    from genre.encoders.text._loading import quiet

    where = {"gguf_file": file.name, "local_files_only": True}
    with quiet(), redirect_stderr(StringIO()):  # its bar knows no other way to be quiet
        try:
            packed = AutoModel.from_pretrained(file.parent, **where)
            tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
        except (OSError, ValueError, KeyError, ImportError, NotImplementedError) as error:
            reason = " ".join(str(error).split())[:200]
            mend = "Take a file of a Llama-kind model, or a folder."
            raise DataError(Fault(f"model {name}", f"cannot be read: {reason}.", mend)) from None
        _plain(packed).half().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    write_json({"pooling_mode": "lasttoken"}, folder / POOLING)


def _plain(packed: Any) -> Any:
    """The same model without what says that it was quantised."""
    from transformers import AutoModel

    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModel.from_config(config)
    model.load_state_dict(packed.state_dict())
    return model
