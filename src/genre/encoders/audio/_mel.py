"""How loud a sound is over time and pitch, in decibels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-10
"""Power that counts as silence: -100 dB."""


def mel_filters(n_bands: int, n_fft: int, rate: int) -> NDArray[np.float64]:
    """Triangles, equally wide in mel (2595 log10(1 + f / 700)) from 0 Hz to rate / 2: bands x (n_fft / 2 + 1).

    Each is as high as it is narrow (area 1, in Hz). Reference: O'Shaughnessy, Speech Communication, 1987.
    """
    top = 2595 * np.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, n_bands + 2) / 2595) - 1)
    bins = np.linspace(0, rate / 2, n_fft // 2 + 1)
    rising = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (corners[2:] - corners[:-2]))[:, None]


def log_mel(samples: NDArray[np.float32], filters: NDArray[np.float64], hop: int) -> NDArray[np.float32]:
    """Decibels, float32 bands x frames: power in Hann windows, centred every `hop` samples, through `filters`."""
    n_fft = (filters.shape[1] - 1) * 2
    padded = np.pad(samples, n_fft // 2, mode="reflect" if len(samples) > n_fft // 2 else "constant")
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    power = np.abs(np.fft.rfft(windows * hann, axis=1)) ** 2
    return (10 * np.log10(np.maximum(power @ filters.T, FLOOR))).T.astype(np.float32)
