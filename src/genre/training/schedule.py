"""How the learning rate moves."""

from __future__ import annotations

import math


def rate_factor(step: int, n_steps: int, warmup_steps: int) -> float:
    """Share of the peak learning rate at `step` (from 0): a linear rise, under a half cosine that ends at zero.

    Reference: arXiv 1608.03983 (one cycle, no restart).
    """
    rise = min(1.0, (step + 1) / max(warmup_steps, 1))
    return rise * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / max(n_steps, 1))))
