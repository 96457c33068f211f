"""What makes vectors of pictures or of sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from genre.encoders._tuned_media import Learner


class MediaEngine(Protocol):
    """A loaded model."""

    def encode(self, contents: list[Any]) -> NDArray[np.float32]:
        """float32 B x D of B pictures or sounds."""

    def prepare(self, content: Any) -> NDArray[Any]:
        """What the model reads of a picture or sound, as small as it can be kept."""

    def learner(self) -> Learner:
        """A copy of the model that reads what `prepare` gives."""
