"""Models: which version answers."""

from __future__ import annotations

from genre.client._noun import Noun, placed
from genre.client.manner import ONCE, SLOW
from genre.client.results import Active, Models


class Versions(Noun):
    """Choosing the version that answers."""

    def models(self) -> Models:
        """Versions that can be activated, and those that were.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._wire.read(Models, "GET", "/v1/models")

    def activate(self, version: str) -> Active:
        """Load a version and answer with it; the one before answers until then.

        Raises:
            ApiError: there is no such version, another activation is on its way, or no answer came.
        """
        return self._wire.read(Active, "POST", f"/v1/models/{placed(version)}/activate", None, SLOW)

    def roll_back(self) -> Active:
        """Activate the version that answered before this one; asked for twice, it comes back to this one.

        Raises:
            ApiError: none answered before, or no answer came: then look at `models` before asking again.
        """
        return self._wire.read(Active, "POST", "/v1/models/rollback", None, ONCE)
