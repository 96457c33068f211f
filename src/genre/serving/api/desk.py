"""What every route needs at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genre.serving.api.limits import Quotas, Rates
from genre.serving.api.metrics import Metrics
from genre.serving.api.security import KeyRing
from genre.serving.api.settings import ApiSettings
from genre.serving.api.tenants import Tenant
from genre.serving.store.access import Keys


@dataclass(frozen=True, eq=False)
class Desk:
    """Attributes:
    keys: of all tenants.
    clock: seconds since 1970.
    """

    tenants: Mapping[str, Tenant]
    keys: Keys
    settings: ApiSettings
    metrics: Metrics
    ring: KeyRing
    rates: Rates
    quotas: Quotas
    clock: Callable[[], float]
