"""Where traces go, and of how many requests."""

from __future__ import annotations

from pydantic import Field

from genre.serving.settings import Section


class TraceSettings(Section):
    """Traces for OpenTelemetry."""

    endpoint: str = Field(pattern=r"^https?://", description="OTLP over HTTP, such as http://localhost:4318.")
    sample: float = Field(
        1.0, ge=0, le=1, description="Share of requests that are traced; one that its sender traces is anyway."
    )
