"""What Prometheus reads of the moment: catalogue, model, events, store, keys, and the process itself."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

from genre.core.errors import StoreError
from genre.serving.api.coverage import Coverage
from genre.serving.api.tenants import Tenant

STATM = Path("/proc/self/statm")
Join = Literal["livesum", "livemin", "livemax", "livemostrecent"]
"""How what several workers say becomes one figure."""


class Levels:
    """Gauges that every process sets for itself from time to time, so that each can tell what all of them say.

    Args:
        n_keys: keys of a tenant that are good now; None: not read yet.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        tenants: Mapping[str, Tenant],
        registry: CollectorRegistry,
        n_keys: Callable[[str], int | None],
        clock: Callable[[], float],
    ) -> None:
        self._tenants, self._n_keys, self._clock = tenants, n_keys, clock
        self._refreshing = threading.Lock()
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        self.coverage = {
            name: Coverage(name, one.service.n_items, Path(folder) if folder else None) for name, one in tenants.items()
        }

        def gauge(name: str, join: Join, says: str, *labels: str) -> Gauge:
            return Gauge(f"genre_{name}", says, labels, registry=registry, multiprocess_mode=join)

        def of_tenant(name: str, join: Join, says: str) -> Gauge:
            return gauge(name, join, says, "tenant")

        self._items = of_tenant("items", "livemostrecent", "Items that may be listed.")
        self._waiting = of_tenant("waiting_items", "livemax", "Items that were taken and are not listed yet.")
        self._refused = of_tenant("refused_items", "livemax", "Items that could not be taken in.")
        self._users = of_tenant("kept_users", "livesum", "Users whose histories are in memory.")
        self._keys = of_tenant("keys", "livemostrecent", "Keys that are good now.")
        self._covered = of_tenant(
            "coverage", "livemostrecent", "Share of items that were recommended in the last hour."
        )
        self._newest = of_tenant(
            "newest_event_time_seconds", "livemax", "When the newest event happened, by its own time."
        )
        self._fitted = of_tenant("model_fitted_time_seconds", "livemin", "When the model that answers was fitted.")
        self._active = gauge("model_active", "livesum", "Processes that answer with a version.", "tenant", "version")
        self._up = of_tenant("store_up", "livemin", "Whether the store answers.")
        self._away = of_tenant("store_away_seconds", "livemax", "For how long the store has been away.")
        self._behind = of_tenant("changes_behind", "livemax", "Changes in the store that a process had not read.")
        self._workers = gauge("workers", "livesum", "Processes that answer.")
        self._memory = gauge("process_resident_memory_bytes", "livesum", "Memory of all processes that answer.")
        self._started = gauge("process_start_time_seconds", "livemax", "When the newest process began.")
        self._cpu = Counter("genre_process_cpu_seconds", "Processor time of all processes so far.", registry=registry)
        self._workers.set(1)
        self._started.set(clock())
        self._spent_s = 0.0
        self._versions: dict[str, str] = {}

    def refresh(self) -> None:
        """Set all gauges anew; while another thread is at it, leave it to that one."""
        if not self._refreshing.acquire(blocking=False):
            return
        try:
            for name, tenant in self._tenants.items():
                self._tell(name, tenant)
            self._memory.set(resident_bytes())
            spent_s = time.process_time()
            self._cpu.inc(spent_s - self._spent_s)
            self._spent_s = spent_s
        finally:
            self._refreshing.release()

    def _tell(self, name: str, tenant: Tenant) -> None:
        self._tell_store(name, tenant)
        figures = tenant.service.figures
        self._items.labels(name).set(figures.n_items)
        self._waiting.labels(name).set(figures.n_waiting)
        self._refused.labels(name).set(figures.n_refused)
        self._users.labels(name).set(figures.n_kept_users)
        self._covered.labels(name).set(self.coverage[name].share(figures.n_items, self._clock()))
        if figures.newest_event_at:
            self._newest.labels(name).set(figures.newest_event_at)
        if figures.fitted_at is not None:
            self._fitted.labels(name).set(figures.fitted_at)
        if (n_keys := self._n_keys(name)) is not None:
            self._keys.labels(name).set(n_keys)
        version, before = tenant.service.version, self._versions.get(name)
        if before not in (None, version):
            self._active.labels(name, before).set(0)
        self._active.labels(name, version).set(1)
        self._versions[name] = version

    def _tell_store(self, name: str, tenant: Tenant) -> None:
        """How far this process was behind, before it reads on: so an idle one is not behind for long."""
        service, is_up = tenant.service, False
        if not service.figures.away_s:
            try:
                self._behind.labels(name).set(max(0, tenant.store.head() - service.figures.seq))
                service.keep_up()
                is_up = not service.figures.away_s
            except StoreError:
                is_up = False
        self._up.labels(name).set(float(is_up))
        self._away.labels(name).set(service.figures.away_s)


def resident_bytes() -> int:
    """Memory that this process holds now; where the system does not tell, the most that it ever held."""
    if STATM.exists():
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
