"""How calls are made: whether again, and how long they may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Manner:
    """Attributes:
    is_repeatable: whether doing it twice is the same as once.
    is_slow: whether the service may work on it for long.
    is_tried_once: whether the first answer counts, whatever it is.
    """

    is_repeatable: bool = True
    is_slow: bool = False
    is_tried_once: bool = False


QUESTION, SLOW, PROBE = Manner(), Manner(is_slow=True), Manner(is_tried_once=True)
ONCE = Manner(is_repeatable=False, is_slow=True)
