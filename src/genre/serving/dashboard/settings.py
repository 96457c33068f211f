"""How the dashboard behaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from genre.serving.settings import Section


class DashboardSettings(Section):
    """Sessions, what is shown of items, and how often live figures are drawn anew."""

    session_hours: float = Field(8.0, gt=0, le=168, description="A login lasts so long.")
    tries_per_minute: int = Field(10, ge=1, description="Wrong keys that one address may try in a minute.")
    refresh_s: float = Field(2.0, ge=0.1, description="Open pages draw live figures this often.")
    title: str | None = Field(None, description="Column that names an item; None: chosen by its name.")
    pictures: Mapping[str, Path] = Field(
        {}, description="Folders of pictures by the column that names them, beside or instead of the recipe's own."
    )


def check_workers(n_workers: int) -> None:
    """An open page lives in the memory of the process that made it, and its socket must come back to that process:
    several workers behind one port cannot do that. The store is shared, so one process more for the dashboard shows
    the same items, users and models.

    Raises:
        ValueError: there are several.
    """
    if n_workers > 1:
        raise ValueError(
            f"the dashboard works with one worker, and there are {n_workers}: leave it off here, and start one process"
            " more on the same store, with a port of its own, for it."
        )
