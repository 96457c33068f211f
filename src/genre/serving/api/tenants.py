"""Whose data a key opens: each tenant has a service, a store and bundles of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from genre.core.errors import Fault, near
from genre.serving.api.bundles import Bundles
from genre.serving.api.problems import Problem
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore


@dataclass(eq=False)
class Tenant:
    """Attributes:
    store: the one of the service, without what stands between them.
    bundles: versions that can be activated.
    """

    name: str
    service: Service
    store: SqlStore
    bundles: Bundles = field(default_factory=lambda: Bundles({}))
    _first: str = field(init=False)
    _activating: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._first = self.service.version

    def change_item(self, item_id: str, changes: dict[str, object]) -> None:
        """Set some columns of an item.

        Raises:
            Problem: 404, there is no such item.
            RequestError: a column or value does not fit.
        """
        if not self.service.change_item(item_id, changes):
            raise no_item()

    def activate(self, version: str) -> None:
        """Load a version and answer with it; the one before answers until then.

        Raises:
            Problem: 404, there is no such version; 409, another activation is on its way.
            BundleError: its bundle is broken.
        """
        known = list(self.bundles.paths())
        if version not in known:
            raise Problem(404, Fault("version", f"there is no version '{version}'.", near(version, known)))
        if not self._activating.acquire(blocking=False):
            raise Problem(409, Fault("version", "another activation is on its way.", "Ask again when it is done."))
        try:
            self.service.activate(self.bundles.load(version), version)
        finally:
            self._activating.release()

    def before(self) -> str:
        """The version that answered before this one.

        Raises:
            Problem: 409, there was none.
        """
        now = self.service.version
        versions = [*(version for version, _ in self.store.activations()), self._first]
        found = next((version for version in versions if version != now), None)
        if found is None:
            raise Problem(409, Fault("version", f"no version answered before '{now}'.", "Activate one by its name."))
        return found

    def follow(self) -> None:
        """Answer with the version that another process activated, if it is not this one's already.

        Raises:
            RequestError: this process does not have it.
            BundleError: its bundle is broken.
        """
        newest = next((version for version, _ in self.store.activations()), self.service.version)
        if newest != self.service.version and self._activating.acquire(blocking=False):
            try:
                self.service.follow(self.bundles.load(newest), newest)
            finally:
                self._activating.release()


def no_item() -> Problem:
    """There is no item of the id in the path."""
    return Problem(404, Fault("item_id", "no item has it.", "PUT /v1/items makes items."))
