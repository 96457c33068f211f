"""What may be learned from beside a feature's own columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genre.values.catalog import Catalog
from genre.values.interactions import Interactions


@dataclass(frozen=True, eq=False)
class World:
    """What surrounds a feature; nothing of it comes from validation or test rows.

    Attributes:
        train: the training part.
        side: whether the feature describes items or users.
        seed: for everything random.
    """

    catalog: Catalog
    train: Interactions
    side: Literal["items", "users"] = "items"
    seed: int = 42
