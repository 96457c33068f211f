"""From bundles and a store to tenants that answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from genre.core.errors import BundleError, Fault
from genre.pipeline.bundle import MANIFEST
from genre.pipeline.model import Model
from genre.serving._redis import RedisServer
from genre.serving.api.bundles import Bundles
from genre.serving.api.tenants import Tenant
from genre.serving.server.plan import Plan
from genre.serving.service import Service
from genre.serving.store.shared import SharedStore
from genre.serving.store.sql import SqlStore


def bundles_at(path: Path) -> Bundles:
    """The versions at a path: a bundle, whose name is the version, or a folder of bundles, which may change.

    Raises:
        BundleError: neither.
    """
    if (path / MANIFEST).is_file():
        return Bundles({path.resolve().name: path})
    found = Bundles(path)
    if not found.paths():
        what = f"is not a bundle, nor a folder of bundles: there is no {MANIFEST}."
        raise BundleError(Fault(str(path), what, "Make one with: genre fit r.yaml -o BUNDLE"))
    return found


def chosen_version(store: SqlStore, paths: Mapping[str, Path]) -> str:
    """The version that answers: the one activated last of those that are there; before the first activation the newest.

    Args:
        store: of the tenant.
        paths: by version.
    """
    active = next((version for version, _ in store.activations() if version in paths), None)
    return active or max(paths, key=lambda version: ((paths[version] / MANIFEST).stat().st_mtime, version))


def open_tenants(plan: Plan, store: SqlStore) -> list[Tenant]:
    """Every tenant with its own part of the store; a bundle that several serve is in memory once.

    Raises:
        BundleError: one is missing or broken.
        StoreError: the store is out of reach.
    """
    loaded: dict[Path, Model] = {}
    tenants = []
    redis = None if plan.redis is None else RedisServer(plan.redis)
    for name, path in plan.bundles.items():
        bundles, own = bundles_at(path), store.of_tenant(name)
        paths = bundles.paths()
        version = chosen_version(own, paths)
        place = paths[version].resolve()
        if place not in loaded:
            loaded[place] = bundles.load(version)
        kept = own if redis is None else SharedStore(own, redis)
        service = Service(loaded[place], version, kept, plan.settings.service)
        tenants.append(Tenant(name, service, own, bundles))
    return tenants
