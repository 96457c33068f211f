"""What all visits share."""

from __future__ import annotations

from dataclasses import dataclass, field

from anyio import CapacityLimiter

from genre.serving.dashboard.pulse import Pulse
from genre.serving.dashboard.sessions import Sessions
from genre.serving.dashboard.settings import DashboardSettings
from genre.serving.dashboard.trial import Trials
from genre.serving.dashboard.tries import Tries

PICTURES_AT_ONCE = 2


@dataclass(frozen=True, eq=False)
class House:
    """Attributes:
    pulses: by tenant.
    trials: versions that are compared with the one that answers.
    reading: pictures that are read at a time, so that lists do not wait for them.
    """

    settings: DashboardSettings
    sessions: Sessions
    tries: Tries
    pulses: dict[str, Pulse]
    trials: Trials = field(default_factory=Trials)
    reading: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PICTURES_AT_ONCE))
