"""What trackers are told: a run, and what each epoch of it gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genre.core.artifacts import read_json, write_json
from genre.values.curve import Epoch

Log = Callable[[int, Mapping[str, float]], None]
"""Takes an epoch's number, from 1, and its values by name."""
IDS = "run.json"


@dataclass(frozen=True)
class TrackedRun:
    """One training run.

    Attributes:
        name: of what is trained, its parts divided by slashes.
        root: folder of all runs.
        folder: of this run alone; equal runs share it, the later one taking the place of the earlier one.
        done: epochs that an interrupted run has behind it; its trackers go on from there.
        settings: hyper-parameters, flat; never anything secret.
    """

    name: str
    root: Path
    folder: Path
    done: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def id_of(self, tracker: str) -> str | None:
        """What the interrupted run is called by a tracker; None: a new run begins."""
        if not self.done:
            return None
        found = self._ids().get(tracker)
        return None if found is None else str(found)

    def keep_id(self, tracker: str, id: str) -> None:
        """Remember it for the next time."""
        write_json({**self._ids(), tracker: id}, self.folder / IDS)

    def _ids(self) -> dict[str, Any]:
        return read_json(self.folder / IDS) if (self.folder / IDS).exists() else {}


def values_of(entry: Epoch, metric: str, rates: Sequence[float]) -> dict[str, float]:
    """Everything that an epoch gave, by name.

    Args:
        metric: what was judged by.
        rates: learning rates at its end, the recipe's own first, then those of pretrained parts.
    """
    values = {"loss": entry.loss, "seconds": entry.seconds, "learning_rate": rates[0]}
    values |= {f"learning_rate/pretrained-{place}": rate for place, rate in enumerate(rates[1:], start=1)}
    values |= {f"loss/{name}": part for name, part in entry.parts.items()}
    return values if entry.value is None else {**values, f"validation/{metric}": entry.value}


def flat(document: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Nested settings by dotted names."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= flat(value, f"{prefix}.{name}") if isinstance(value, Mapping) else {f"{prefix}.{name}": value}
    return found
