"""How many threads there are to work with."""

from __future__ import annotations

import os
import sys


def n_threads() -> int:
    """As torch says where it is loaded, else as OMP_NUM_THREADS says, else one per core that this process may use."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.get_num_threads())
    stated = os.environ.get("OMP_NUM_THREADS", "")
    if stated.isdigit() and int(stated):
        return int(stated)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
