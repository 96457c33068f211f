"""Tests keep to a cache of their own and to one thread."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["GENRE_CACHE"] = str(Path(tempfile.gettempdir()) / f"genre-tests-{os.getuid()}")
