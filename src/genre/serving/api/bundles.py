"""The versions of a model that can be activated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genre.core.artifacts import read_json
from genre.core.errors import Fault, RequestError, near
from genre.pipeline import bundle
from genre.pipeline.model import Model


class Bundles:
    """Bundles by version.

    Args:
        where: a folder of bundles, whose names are the versions and which may change; or paths by version.
    """

    def __init__(self, where: Path | Mapping[str, Path]) -> None:
        self._where = where

    def paths(self) -> dict[str, Path]:
        """Those that are there now, by version in order."""
        if isinstance(self._where, Path):
            found = self._where.glob(f"*/{bundle.MANIFEST}")
            return {path.parent.name: path.parent for path in sorted(found)}
        return dict(sorted(self._where.items()))

    def facts(self, version: str) -> dict[str, Any]:
        """What a bundle says of itself: name, metrics, n_users, n_items, libraries; empty where it cannot be read."""
        path = self.paths().get(version)
        try:
            found = {} if path is None else read_json(path / bundle.MANIFEST)
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def load(self, version: str) -> Model:
        """Read one.

        Raises:
            RequestError: there is no such version.
            BundleError: its bundle is broken.
        """
        paths = self.paths()
        if version not in paths:
            raise RequestError(Fault("version", f"there is no version '{version}'.", near(version, list(paths))))
        return bundle.load(paths[version])
