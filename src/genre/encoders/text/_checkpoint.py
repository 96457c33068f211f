"""What a pretrained model on disk is and says about itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from genre.core.artifacts import read_json
from genre.core.errors import DataError, Fault
from genre.core.file_digest import file_digest

FILES = ("*.json", "*.txt", "*.model", "model*.safetensors")
POOLING = "1_Pooling/config.json"
SOURCE = "source.sha256"
"""Beside a model that was made from another file: what that file is."""
SHORTEST = 3
"""Tokens of the shortest text: its beginning, a word, its end."""
TOKENIZERS = ("tokenizer*", "vocab*", "merges.txt", "*.model", "*.tiktoken")
"""Files of which tokenizers have one at least."""
BRING_TOKENIZER = "Bring tokenizer.json (or vocab.txt, tokenizer.model) from where the model is."
_LONGEST = 512
_PADDED_POSITIONS = ("roberta", "camembert", "longformer", "mpnet", "data2vec-text", "ibert", "luke", "xmod")
"""Families of models whose first positions stand for padding and hold no token."""
_POOLINGS = {
    "mean": "mean",
    "mean_tokens": "mean",
    "cls": "cls",
    "cls_token": "cls",
    "lasttoken": "last",
}


@dataclass(frozen=True)
class Checkpoint:
    """A pretrained model.

    Attributes:
        name: as in the recipe.
        folder: its files.
        revision: the hub's commit, None for folders and packages.
    """

    name: str
    folder: Path
    revision: str | None = None

    @cached_property
    def digest(self) -> str:
        """sha256 over names and contents of every file that may decide a vector, as hex."""
        if (self.folder / SOURCE).exists():
            return file_digest(self.folder / SOURCE)
        found = {path for pattern in (*FILES, POOLING) for path in self.folder.glob(pattern)}
        lines = [f"{path.relative_to(self.folder).as_posix()} {file_digest(path)}\n" for path in sorted(found)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def label(self) -> str:
        """The end of the name, fit for a file name."""
        return label(self.name)

    @property
    def origin(self) -> dict[str, str | None]:
        """What a bundle keeps, for `find_checkpoint` to find these very files again."""
        return {"digest": self.digest, "revision": self.revision}

    def pooling(self) -> str:
        """mean, cls or last: what the sentence-transformers file beside the model says; mean where there is none.

        Raises:
            DataError: the model was trained with a pooling that is not offered.
        """
        path = self.folder / POOLING
        if not path.exists():
            return "mean"
        document = read_json(path)
        flags = [name.removeprefix("pooling_mode_") for name, is_on in document.items() if is_on is True]
        stated = document.get("pooling_mode", [flag for flag in flags if flag != "include_prompt"])
        modes = [stated] if isinstance(stated, str) else stated
        if len(modes) != 1 or modes[0] not in _POOLINGS:
            what = f"was trained with pooling {' and '.join(modes) or 'unknown'}, which is not offered."
            raise DataError(Fault(f"model {self.name}", what, "Choose pooling: mean, cls, last or attention."))
        return _POOLINGS[modes[0]]

    def max_length(self, tokenizer: Any, config: Any, wanted: int | None, n_virtual: int = 0) -> int:
        """Tokens read per text: `wanted`, or what the model was made for, at most 512 where nothing says so.

        Args:
            n_virtual: tokens that stand before each text and take positions too.

        Raises:
            DataError: more is wanted, or put before the text, than the model has positions for.
        """
        room = self._room(config, n_virtual)
        if wanted is not None and room is not None and wanted > room:
            beside = f" beside a prompt of {n_virtual}" if n_virtual else ""
            what = f"has room for {room} tokens per text{beside}, not for {wanted}."
            raise DataError(Fault(f"model {self.name}", what, f"Set max_length to {room} or less."))
        path = self.folder / "sentence_bert_config.json"
        stated = read_json(path).get("max_seq_length") if path.exists() else None
        length = wanted or stated or min(tokenizer.model_max_length, _LONGEST)
        return int(length if room is None else min(length, room))

    def _room(self, config: Any, n_virtual: int) -> int | None:
        """Positions for the tokens of a text; None: as many as it has."""
        positions = getattr(config, "max_position_embeddings", None)
        if positions is None:
            return None
        if any(word in config.model_type for word in _PADDED_POSITIONS):
            positions -= (config.pad_token_id or 0) + 1
        if n_virtual and positions - n_virtual < SHORTEST:
            what = f"has positions for {positions} tokens, which a prompt of {n_virtual} takes up."
            mend = f"Set n_tokens to {positions - SHORTEST} or less, or choose peft: prefix, which takes none."
            raise DataError(Fault(f"model {self.name}", what, mend))
        return int(positions - n_virtual)

    def width(self) -> int | None:
        """D as the model's config says, None where it does not say it in the usual place."""
        config = read_json(self.folder / "config.json")
        return next((int(config[key]) for key in ("hidden_size", "d_model", "dim", "n_embd") if key in config), None)


def broken_files(folder: Path) -> Iterator[Fault]:
    """Files of a model that are cut or of another kind: of weights only the header is read."""
    from safetensors import SafetensorError, safe_open

    mend = "Fetch it again, or name another folder."
    for path in (folder / "config.json", folder / POOLING):
        try:
            if path.exists() and not isinstance(read_json(path), dict):
                yield Fault(str(path), "holds no JSON object.", mend)
        except (OSError, ValueError) as error:
            yield Fault(str(path), f"is no whole JSON file: {error}.", mend)
    for path in sorted(folder.glob("model*.safetensors")):
        try:
            with safe_open(path, "numpy"):
                pass
        except (SafetensorError, OSError) as error:
            yield Fault(str(path), f"is no whole safetensors file: {error}.", mend)


def missing_tokenizer(folder: Path) -> tuple[Fault, ...]:
    """The fault of a folder without any file of a tokenizer."""
    if any(path for pattern in TOKENIZERS for path in folder.glob(pattern)):
        return ()
    return (Fault(str(folder), "holds no tokenizer.", BRING_TOKENIZER),)


def label(name: str) -> str:
    """The end of a model's name, fit for a file name."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", Path(name).name).strip("-.")[-60:] or "model"
