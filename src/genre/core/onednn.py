"""A limit for the library that computes torch's matrix products on CPUs."""

from __future__ import annotations

import os

VARIABLE, CAPACITY = "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32"


def keep_few_shapes() -> None:
    """Let oneDNN remember compiled code of few shapes, unless the environment says otherwise.

    It keeps 1024 by default, some 50 MiB more with every epoch over histories of all lengths; speed does not suffer.
    Has an effect before the first matrix product of the process only.
    """
    os.environ.setdefault(VARIABLE, CAPACITY)
