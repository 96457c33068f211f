"""A model as one folder of JSON and safetensors: readable, checked byte by byte, free of code."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from genre.config.loading import load_recipe
from genre.config.recipe import ENCODERS, RECOMMENDERS
from genre.core.artifacts import State, digest, load_state, read_json, replacing, save_state, write_json
from genre.core.errors import BundleError, Fault, GenreError
from genre.core.rounding import Precision
from genre.encoders.base import Feature
from genre.pipeline._finder_files import save_finder, with_finder
from genre.pipeline.model import Model
from genre.values import Catalog, Embeddings, Histories, Vocabulary, columns

FORMAT = 4
READ = (3, FORMAT)
"""Formats that are read; in 4 vectors may be rounded, and networks are files of their own."""
MANIFEST = "bundle.json"
ANEW = "Fit the model again or copy the bundle anew."
LIBRARIES = ("genre", "numpy", "scipy", "polars", "torch", "transformers", "implicit", "safetensors", "onnxruntime")


def save(model: Model, path: Path, precision: Precision = "float32", beside: Mapping[str, Any] | None = None) -> Path:
    """Write `model` to the folder `path`; an older bundle there is replaced in one step.

    Args:
        precision: of vectors of items and users.
        beside: JSON documents that go with it, by file name.

    Raises:
        BundleError: `path` is a file, or a folder that is not a bundle.
    """
    refuse_foreign(path)
    with replacing(path) as folder:
        folder.mkdir()
        write_json(model.recipe.to_dict(), folder / "recipe.json")
        _save_catalog(model.catalog, folder / "catalog")
        for name, document in (beside or {}).items():
            write_json(document, folder / name)
        save_state(_histories_state(model.histories), folder / "histories")
        for place, feature in enumerate(model.features):
            save_state(_feature_state(feature), folder / "features" / f"{place}-{feature.name}", precision)
        for place, encoder in enumerate(model.profile_encoders):
            name = f"{place}-{model.recipe.users[place].name}"
            save_state(encoder.state(), folder / "profiles" / name, precision)
        save_state(model.recommender.state(), folder / "recommender", precision)
        if model.finder is not None:
            save_finder(model.finder, folder / "indexes")
        manifest = _manifest(model, folder)
        write_json({**manifest, "sha256": _digest_of(manifest)}, folder / MANIFEST)
    return path


def refuse_foreign(path: Path) -> None:
    """Refuse to put a bundle in the place of something else.

    Raises:
        BundleError: `path` is a file, or a folder that is not a bundle.
    """
    if path.absolute() == Path.cwd():
        raise BundleError(Fault(str(path), "is the current folder.", "Name a folder for the bundle inside it."))
    if path.is_file() or (path.is_dir() and any(path.iterdir()) and not (path / MANIFEST).exists()):
        raise BundleError(Fault(str(path), "exists and is not a bundle.", "Choose another folder for the bundle."))


def load(path: str | PathLike[str]) -> Model:
    """Read a bundle.

    Raises:
        BundleError: not a bundle, of a newer format, or with a file missing, cut or altered: every such file is named.
    """
    path = Path(path)
    manifest = checked_manifest(path)
    try:
        recipe = load_recipe(read_json(path / "recipe.json"))
    except GenreError as error:
        raise BundleError(
            Fault(
                f"{path / 'recipe.json'}", f"needs components that are not here: {error}", "Install the same plugins."
            )
        ) from None
    catalog = _load_catalog(path / "catalog")
    features = []
    for place, section in enumerate(recipe.features):
        state = load_state(path / "features" / f"{place}-{section.name}")
        encoder = ENCODERS.build(section.encoder)
        encoder.restore(state.children["encoder"])
        embeddings = Embeddings(state.arrays["vectors"], state.arrays["present"].astype(np.bool_))
        features.append(Feature(section.name, encoder, embeddings))
    encoders = []
    for place, section in enumerate(recipe.users):
        encoders.append(ENCODERS.build(section.encoder))
        encoders[-1].restore(load_state(path / "profiles" / f"{place}-{section.name}"))
    recommender = RECOMMENDERS.build(recipe.recommender)
    recommender.restore(load_state(path / "recommender"))
    histories = _histories(load_state(path / "histories"), catalog)
    metrics, mark, at = manifest["metrics"], manifest["data_fingerprint"], manifest.get("fitted_at")
    model = Model(recipe, catalog, histories, tuple(features), recommender, metrics, mark, tuple(encoders), at)
    return with_finder(model, path / "indexes")


def _manifest(model: Model, folder: Path) -> dict[str, Any]:
    files = {
        file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": digest(file)}
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    return {
        "format": FORMAT,
        "name": model.recipe.name,
        "data_fingerprint": model.fingerprint,
        "fitted_at": model.fitted_at,
        "n_users": model.catalog.n_users,
        "n_items": model.catalog.n_items,
        "metrics": model.metrics,
        "libraries": {"python": platform.python_version(), **_versions()},
        "files": files,
    }


def _digest_of(manifest: Mapping[str, Any]) -> str:
    """sha256 of the manifest itself, without this entry."""
    plain = {name: value for name, value in manifest.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def checked_manifest(path: Path) -> dict[str, Any]:
    """What a bundle says of itself, once every file was held against it.

    Raises:
        BundleError: as `load`.
    """
    file = path / MANIFEST
    if not path.is_dir() or not file.is_file():
        raise BundleError(
            Fault(str(path), f"is not a bundle: there is no {MANIFEST}.", "Make one with: genre fit r.yaml -o BUNDLE")
        )
    try:
        manifest = read_json(file)
        format_version = int(manifest["format"])
        files = {str(name): dict(entry) for name, entry in manifest["files"].items()}
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError):
        raise BundleError(Fault(str(file), "is cut or altered.", ANEW)) from None
    if format_version not in READ:
        what = f"is of format {format_version}; this version reads {' and '.join(map(str, READ))}."
        raise BundleError(Fault(str(file), what, "Upgrade genre." if format_version > FORMAT else ANEW))
    faults = [fault for name, entry in files.items() if (fault := _file_fault(path, name, entry)) is not None]
    faults += [Fault(str(path / name), f"is not listed in {MANIFEST}.", ANEW) for name in _unlisted(path, files)]
    if not faults and manifest.get("sha256") != _digest_of(manifest):
        faults.append(Fault(str(file), "was altered: its digest is another.", ANEW))
    if faults:
        raise BundleError(faults)
    return dict(manifest)


KINDS = (".json", ".safetensors", ".onnx")


def _unlisted(path: Path, files: Mapping[str, Any]) -> list[str]:
    """Files of the kinds that `load` reads and for which the manifest has no digest."""
    found = [file.relative_to(path).as_posix() for file in path.rglob("*") if file.suffix in KINDS]
    return sorted(name for name in found if name not in files and name != MANIFEST)


def _file_fault(path: Path, name: str, entry: Mapping[str, Any]) -> Fault | None:
    file, mend = path / name, ANEW
    if not file.resolve().is_relative_to(path.resolve()):
        return Fault(f"{path / MANIFEST}", f"names a file outside the bundle: {name}.", "Do not use this bundle.")
    if not file.is_file():
        return Fault(str(file), "is missing.", mend)
    if file.stat().st_size != entry.get("bytes"):
        return Fault(str(file), f"has {file.stat().st_size} bytes instead of {entry.get('bytes')}.", mend)
    if digest(file) != entry.get("sha256"):
        return Fault(str(file), "was altered: its digest is another.", mend)
    return None


def _save_catalog(catalog: Catalog, folder: Path) -> None:
    write_json(catalog.item_vocabulary.ids.to_list(), folder / "item_ids.json")
    write_json(catalog.user_vocabulary.ids.to_list(), folder / "user_ids.json")
    write_json(_table(catalog.items.drop(columns.ITEM_ID)), folder / "items.json")
    if catalog.users is not None:
        write_json(_table(catalog.users.drop(columns.USER_ID)), folder / "users.json")


def _load_catalog(folder: Path) -> Catalog:
    items, users = Vocabulary(read_json(folder / "item_ids.json")), Vocabulary(read_json(folder / "user_ids.json"))
    item_table = _frame(read_json(folder / "items.json"), columns.ITEM_ID, items)
    user_table = None
    if (folder / "users.json").exists():
        user_table = _frame(read_json(folder / "users.json"), columns.USER_ID, users)
    return Catalog(items, users, item_table, user_table)


TYPES: dict[str, pl.DataType] = {
    "String": pl.String(),
    "Int64": pl.Int64(),
    "Float64": pl.Float64(),
    "Boolean": pl.Boolean(),
    "List(String)": pl.List(pl.String),
}


def _table(frame: pl.DataFrame) -> dict[str, Any]:
    """Columns by name with their type; other types become one of `TYPES`."""
    return {column.name: _column(column) for column in frame.get_columns()}


def _column(column: pl.Series) -> dict[str, Any]:
    kind = column.dtype
    if kind.is_integer():
        column = column.cast(pl.Int64)
    elif kind.is_float():
        column = column.cast(pl.Float64).fill_nan(None)
        column = column.set(column.is_infinite().fill_null(False), None)
    elif isinstance(kind, pl.List):
        column = column.cast(pl.List(pl.String))
    elif kind != pl.Boolean:
        column = column.cast(pl.String)
    return {"type": str(column.dtype), "values": column.to_list()}


def _frame(table: dict[str, Any], id_name: str, ids: Vocabulary) -> pl.DataFrame:
    series = [pl.Series(name, entry["values"], dtype=TYPES[entry["type"]]) for name, entry in table.items()]
    return pl.DataFrame([ids.ids.alias(id_name), *series])


def _feature_state(feature: Feature) -> State:
    arrays: dict[str, Any] = {
        "vectors": feature.embeddings.vectors,
        "present": feature.embeddings.present.astype(np.uint8),
    }
    return State(arrays=arrays, children={"encoder": feature.encoder.state()}, vectors=("vectors",))


def _histories_state(histories: Histories) -> State:
    arrays: dict[str, Any] = {}
    arrays["item_rows"], arrays["offsets"] = histories.item_rows, histories.offsets
    if histories.weights is not None:
        arrays["weights"] = histories.weights
    if histories.ratings is not None:
        arrays["ratings"] = histories.ratings
    return State(arrays=arrays)


def _histories(state: State, catalog: Catalog) -> Histories:
    arrays = state.arrays
    rows = np.arange(catalog.n_users, dtype=np.int32)
    flat = arrays["item_rows"], arrays["offsets"], catalog.n_items, arrays.get("weights")
    return Histories(*flat, user_rows=rows, ratings=arrays.get("ratings"))
