"""What is done once, before any worker: the store is made, keys are given out, the version is noted."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genre.core.artifacts import read_json
from genre.core.errors import DataError, Fault
from genre.core.places import cannot_write, check_places
from genre.pipeline.bundle import MANIFEST, checked_manifest
from genre.serving.api.security import first_key
from genre.serving.server.plan import Plan
from genre.serving.server.tenants import bundles_at, chosen_version
from genre.serving.store.sql import SqlStore


@dataclass(frozen=True)
class Served:
    """What a tenant starts with.

    Attributes:
        missing: the version that was activated last, where its bundle is gone.
    """

    tenant: str
    version: str
    n_items: int
    n_users: int
    missing: str | None = None


def served(plan: Plan, store: SqlStore) -> list[Served]:
    """What each tenant starts with; a first version is noted, so that a newer bundle answers only once it is activated.

    Raises:
        BundleError: there is none, or workers would find it broken.
    """
    is_checked = plan.settings.workers > 1  # a single process reads the bundle itself, and says what is wrong with it
    return [_served(name, path, store.of_tenant(name), is_checked) for name, path in plan.bundles.items()]


def _served(name: str, path: Path, store: SqlStore, is_checked: bool) -> Served:
    paths = bundles_at(path).paths()
    version = chosen_version(store, paths)
    activated = [one for one, _ in store.activations()]
    if version not in activated:
        store.activate(version)
    manifest = checked_manifest(paths[version]) if is_checked else read_json(paths[version] / MANIFEST)
    missing = activated[0] if activated and version in activated and activated[0] != version else None
    return Served(name, version, manifest.get("n_items", 0), manifest.get("n_users", 0), missing)


def check_key_file(plan: Plan, store: SqlStore) -> None:
    """Refuse a file for keys before any key is made; where none will be made, the file of the first start may be there.

    Raises:
        DataError: it cannot be written, or holds something.
    """
    file = plan.settings.key_file
    if file is None or all(store.keys.all(name) for name in plan.bundles):
        return
    check_places(files=[file])
    if file.exists() and file.stat().st_size:
        raise DataError(Fault(str(file), "exists; it is not written over.", "Name another file for keys."))


def first_keys(plan: Plan, store: SqlStore) -> Mapping[str, str]:
    """An admin key for each tenant that has no key at all yet, by tenant; where a file is named, they are in it alone.

    Raises:
        DataError: the file for keys cannot be written.
    """
    file, now = plan.settings.key_file, time.time()
    keys = {name: key for name in plan.bundles if (key := first_key(store.keys, name, now))}
    if file is None or not keys:
        return keys
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as writer:
            writer.writelines(
                f"{key}\n" if len(plan.bundles) == 1 else f"{name}: {key}\n" for name, key in keys.items()
            )
    except OSError as error:
        raise cannot_write(file, error) from None
    return {}
