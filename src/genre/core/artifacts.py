"""What components learn, as JSON and safetensors in a folder: no pickle, no code, every byte accounted for."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.places import cannot_write
from genre.core.rounding import Precision, restored, rounded

META, ARRAYS = "state.json", "state.safetensors"


@dataclass(frozen=True)
class State:
    """What a component learned: JSON values, arrays, and the states of the components inside it.

    Attributes:
        files: what other programs read too, by file name, such as a network in ONNX.
        vectors: names of those arrays that hold a float32 vector per item or user: they may be kept in fewer bits.
    """

    meta: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    children: dict[str, State] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    vectors: tuple[str, ...] = ()


def under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays whose names begin with `prefix` and a dot, without it."""
    return ((name[len(prefix) + 1 :], array) for name, array in arrays.items() if name.startswith(f"{prefix}."))


def save_state(state: State, folder: Path, precision: Precision = "float32") -> None:
    """Write `state` to `folder`: `state.json`, `state.safetensors` where there are arrays, one folder per child.

    Args:
        precision: of `State.vectors`, here and in the children.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    kept = sorted(name for name in state.vectors if name in state.arrays and precision != "float32")
    document: dict[str, Any] = {"meta": state.meta, "children": sorted(state.children)}
    document |= ({"rounded": kept} if kept else {}) | ({"files": sorted(state.files)} if state.files else {})
    write_json(document, folder / META)
    if state.arrays:
        arrays = {name: array for name, array in state.arrays.items() if name not in kept}
        for name in kept:
            arrays |= rounded(name, state.arrays[name], precision)
        arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
        try:
            save_file(arrays, folder / ARRAYS)
        except SafetensorError as error:
            raise cannot_write(folder / ARRAYS, OSError(str(error))) from None
    for name, content in state.files.items():
        (folder / name).write_bytes(content)
    for name, child in state.children.items():
        save_state(child, folder / name, precision)


def load_state(folder: Path) -> State:
    """Read what `save_state` wrote.

    Raises:
        OSError, ValueError, safetensors.SafetensorError: a file is missing or broken (the bundle checks digests first).
    """
    from safetensors.numpy import load_file

    document = read_json(folder / META)
    arrays = load_file(folder / ARRAYS) if (folder / ARRAYS).exists() else {}
    for name in document.get("rounded", ()):
        arrays[name] = restored(name, arrays)
    children = {name: load_state(folder / name) for name in document["children"]}
    files = {name: (folder / name).read_bytes() for name in document.get("files", ())}
    return State(document["meta"], arrays, children, files)


def write_json(document: Any, path: Path) -> None:
    """Write `document` to `path` in one step: a reader sees the old file or the new one, never half."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


def read_json(path: Path) -> Any:
    """The document in `path`."""
    return json.loads(path.read_text(encoding="utf-8"))


def digest(path: Path) -> str:
    """sha256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place at the end, and vanishes if anything fails.

    The caller writes a file, or makes a folder, at the path it is given. An existing folder is swapped out.

    Raises:
        DataError: nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise cannot_write(path, error) from None
    temporary = scratch / path.name
    try:
        yield temporary
        if path.is_dir() and temporary.is_dir():
            path.replace(scratch / "previous")
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
