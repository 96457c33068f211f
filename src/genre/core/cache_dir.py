"""Where fetched and computed files are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "GENRE_CACHE"


def cache_dir() -> Path:
    """The root of the cache: `$GENRE_CACHE`, or the user's cache folder of the platform. It may not exist yet."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("genre", appauthor=False)
