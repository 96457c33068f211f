"""Sounds from files: any number of channels and any rate as one channel at the rate that is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import MissingExtraError
from genre.encoders._media_files import UnreadableError

MAX_BYTES = 4 * 2**30
N_READ = 200
"""Sounds that a check reads in full."""
CHECK_RATE = 16_000
MAX_CHANNELS = 32
RATES = (1000, 1_000_000)
"""Samples per second that sounds have."""
MAX_SAMPLES = 100_000_000
"""Samples times channels that are read of one file."""
_FETCH = "Fetch or export them again as WAV, FLAC, OGG or MP3."
_WHOLE_SHARE = 0.99
"""Of the bytes that a WAV's header promises, what must be there; some programs count a few too many."""
_UNKNOWN_SIZE = 0x7FFFFFFF
"""This or more stands in the header of a WAV that was written as a stream."""
_LEAST_SHARE = 0.5
"""Of the samples that a header promises, what must come; for MP3 it may be an estimate."""
_SMOOTHEST = 1000
"""Rates are converted by a fraction with at most this denominator, so that odd rates cost no more than others."""


def require_soundfile(needed_by: str) -> None:
    """Refuse to go on without soundfile.

    Raises:
        MissingExtraError: it, or the library that it calls, is not installed.
    """
    try:
        import soundfile  # noqa: F401
    except (ImportError, OSError):
        raise MissingExtraError("soundfile", "audio", needed_by) from None


def examine_sound(path: Path, seconds: float) -> None:
    """Look at kind, rate and length, which the header tells.

    Raises:
        UnreadableError: no sound, an empty one, or one that takes too much memory.
    """
    with _opened(path, seconds):
        pass


def read_sound(path: Path, seconds: float, rate: int) -> NDArray[np.float32]:
    """At most `seconds` from the middle, the mean of the channels, `rate` samples per second: float32 [n].

    Raises:
        UnreadableError: no sound, or a broken one.
    """
    with _opened(path, seconds) as file:
        wanted = int(seconds * file.samplerate)
        if file.frames > wanted and file.seekable():
            file.seek((file.frames - wanted) // 2)
        samples = file.read(wanted, dtype="float32", always_2d=True).mean(axis=1)
        if len(samples) < min(wanted, file.frames) * _LEAST_SHARE:
            raise ValueError("cut off")
        if not np.isfinite(samples).all():
            raise ValueError("not finite")
        return _resampled(samples, file.samplerate, rate)


def _resampled(samples: NDArray[np.float32], before: int, after: int) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    if before == after:
        return samples
    ratio = Fraction(after, before).limit_denominator(_SMOOTHEST)
    return resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)


@contextmanager
def _opened(path: Path, seconds: float) -> Iterator[Any]:
    """The file with its header read and found sensible; what the library raises inside is said our way."""
    import soundfile

    try:
        with path.open("rb") as stream:
            _refuse_cut(stream)
            with soundfile.SoundFile(stream) as file:
                _refuse(file, seconds)
                yield file
    except (RuntimeError, OSError, ValueError, TypeError, MemoryError):
        raise UnreadableError("they are no sounds, broken or cut off", _FETCH) from None


def _refuse_cut(stream: BinaryIO) -> None:
    """Refuse a WAV that is shorter than its header says, which the library reads as far as it goes."""
    header = stream.read(12)
    size = int.from_bytes(header[4:8], "little")
    is_wav = header[:4] == b"RIFF" and header[8:] == b"WAVE" and size < _UNKNOWN_SIZE
    if is_wav and stream.seek(0, os.SEEK_END) < size * _WHOLE_SHARE:
        raise ValueError("cut off")
    stream.seek(0)


def _refuse(file: Any, seconds: float) -> None:
    if file.frames <= 0:
        raise UnreadableError("they hold no sound", _FETCH)
    if not RATES[0] <= file.samplerate <= RATES[1] or file.channels > MAX_CHANNELS:
        what = f"they have more than {MAX_CHANNELS} channels, or a rate outside {RATES[0]:,} to {RATES[1]:,} Hz"
        raise UnreadableError(what, _FETCH)
    if min(seconds * file.samplerate, file.frames) * file.channels > MAX_SAMPLES:
        raise UnreadableError("they take too much memory", "Lower their rate, or set seconds lower.")
