"""Another version beside the one that answers, to compare lists: on the same store, in nobody's way."""

from __future__ import annotations

import threading

from genre.serving.api.tenants import Tenant
from genre.serving.service import Service


class Trials:
    """Keeps the one version that was compared last; it follows the store like the service that answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, str], Service] | None = None

    def service(self, tenant: Tenant, version: str) -> Service:
        """A service that answers with a version; takes as long as loading it, but for the one that answers already.

        Raises:
            RequestError: there is no such version.
            BundleError: its bundle is broken.
        """
        if version == tenant.service.version:
            return tenant.service
        with self._lock:
            asked = (tenant.name, version)
            if self._kept is None or self._kept[0] != asked:
                self._kept = None
                model = tenant.bundles.load(version)
                self._kept = asked, Service(model, version, tenant.store, tenant.service.settings)
            return self._kept[1]
