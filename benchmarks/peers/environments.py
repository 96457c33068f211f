"""A virtual environment for each library, made once and made again when its pins change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from genre.core.artifacts import digest

ROOT = Path(__file__).parents[2] / ".venv-peers"
STAMP = "requirements.sha256"


class PeerError(RuntimeError):
    """A library could not be installed or its script failed; the message holds the end of what it said."""


def python_of(library: str, requirements: Path) -> Path:
    """The interpreter of the library's environment, which is made first if need be.

    Raises:
        PeerError: the packages cannot be installed.
    """
    folder = ROOT / library
    python = folder / "bin" / "python"
    stamp = folder / STAMP
    wanted = digest(requirements)
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing {library} into {folder.relative_to(ROOT.parent)}", file=sys.stderr)
    call([sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pins = requirements.read_text(encoding="utf-8").splitlines()
    torch = [pin for pin in pins if pin.startswith("torch==")]
    if torch:  # first and alone: asked for by another package, it would come as a newer build with gigabytes of CUDA
        call([*pip, *torch])
    call([*pip, "--requirement", str(requirements)])
    stamp.write_text(wanted, encoding="utf-8")
    return python


def call(command: list[str], threads: int | None = None, timeout_s: float | None = None) -> None:
    """Run a command to its end, capped to a number of threads.

    Raises:
        PeerError: it failed or took longer than `timeout_s`.
    """
    caps = {} if threads is None else _thread_caps(threads)
    try:
        done = subprocess.run(
            command, env=os.environ | caps, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"no end within {timeout_s:.0f} s") from error
    if done.returncode:
        raise PeerError("\n".join((done.stderr or done.stdout).strip().splitlines()[-5:]))


def _thread_caps(threads: int) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS")
    names += ("NUMEXPR_NUM_THREADS", "IRSPACK_NUM_THREADS_DEFAULT", "LK_NUM_THREADS")
    return dict.fromkeys(names, str(threads))
