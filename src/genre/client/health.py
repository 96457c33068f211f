"""Whether the service lives and can answer, what it measures, and what it understands."""

from __future__ import annotations

from typing import Any

from genre.client._noun import Noun
from genre.client.errors import ApiError
from genre.client.manner import PROBE


class Health(Noun):
    """Watching the service."""

    def is_live(self) -> bool:
        """Whether the process answers; asked once, and needs no key."""
        return self._is_good("/health/live")

    def is_ready(self) -> bool:
        """Whether it and its stores answer; asked once, and needs no key."""
        return self._is_good("/health/ready")

    def metrics(self) -> str:
        """What it measures, as Prometheus reads it.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._wire.ask("GET", "/metrics").text

    def document(self) -> dict[str, Any]:
        """The OpenAPI document; needs no key.

        Raises:
            ApiError: no answer came.
        """
        return self._wire.read(dict[str, Any], "GET", "/openapi.json")

    def _is_good(self, path: str) -> bool:
        try:
            self._wire.ask("GET", path, None, PROBE)
        except ApiError:
            return False
        return True
