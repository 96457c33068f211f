"""What the API lets through, and how much of it."""

from __future__ import annotations

from pydantic import Field

from genre.serving.settings import Section


class ApiSettings(Section):
    """Limits, browsers and caches of the API; a rate or quota of a key goes before those here."""

    max_body_kib: int = Field(256, ge=1, description="Of a question or a single change.")
    max_bulk_mib: int = Field(32, ge=1, description="Of a batch of events, items or users.")
    max_events: int = Field(1_000, ge=1, description="Events in a batch.")
    max_rows: int = Field(5_000, ge=1, description="Items or users in a batch.")
    rate_per_minute: int | None = Field(None, ge=1, description="Requests of a key that has no rate; None: no limit.")
    burst_s: float = Field(10.0, gt=0, description="A key that was quiet may ask this long's requests at once.")
    key_cache_s: float = Field(1.0, ge=0, description="Keys are read this often; a key lives that long once revoked.")
    key_grace_s: float = Field(300.0, ge=0, description="Known keys are believed this long while the store is away.")
    cors_origins: tuple[str, ...] = Field((), description="Origins whose pages may ask; none: no page of another may.")
    is_https: bool = Field(
        False, description="Whether the service is reached over TLS: browsers are told to stay there."
    )
    open_metrics: bool = Field(False, description="Whether /metrics needs no key, and tells of all tenants.")
    follow_s: float = Field(2.0, gt=0, description="How often a worker looks whether another activated a model.")
