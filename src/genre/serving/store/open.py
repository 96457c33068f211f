"""Opening a store without its packages at hand."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from genre.core.errors import MissingExtraError

if TYPE_CHECKING:
    from genre.serving.store.sql import SqlStore

PACKAGES = ("sqlalchemy", "alembic")


def open_store(url: str | Path, tenant: str = "default") -> SqlStore:
    """`SqlStore.open`, which see, once its packages are known to be there.

    Raises:
        MissingExtraError: one is not installed.
    """
    for package in PACKAGES:
        if find_spec(package) is None:
            raise MissingExtraError(package, "serve", "the store")
    from genre.serving.store.sql import SqlStore

    return SqlStore.open(url, tenant)
