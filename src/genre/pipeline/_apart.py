"""Alignments whose modalities no item has together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genre.alignment.base import IDS, Alignment, FittedAlignment
from genre.core.errors import Fault


def apart(alignments: Sequence[Alignment], present: Mapping[str, NDArray[np.bool_]]) -> Iterator[Fault]:
    """A fault for every alignment that matches items and has a modality which meets no other in any of them.

    Args:
        present: by the name of each feature which training items have it, bool [n]; all of them have ids.
    """
    if any(isinstance(one, FittedAlignment) and not one.shares_space for one in alignments):
        return  # it gives content to items that have none
    for place, alignment in enumerate(alignments):
        names = [name for name in alignment.config.between or present if name in present]
        if not alignment.matches_items or IDS in alignment.config.between or len(names) < 2:
            continue
        flags = np.stack([present[name] for name in names], axis=1)
        meets = (flags & (flags.sum(axis=1, keepdims=True) > 1)).any(axis=0)
        if meets.all():
            continue
        alone = ", ".join(f"'{name}'" for name, one in zip(names, meets, strict=True) if not one)
        what = f"has {alone} and another of its modalities" if meets.any() else f"has two of {', '.join(names)}"
        yield Fault(f"alignment.{place}.between", f"no training item {what}.", "Leave it out, or add content.")
