"""Event files for TensorBoard: `tensorboard --logdir runs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from genre.training.trackers.base import Log, TrackedRun


@contextmanager
def track(run: TrackedRun) -> Iterator[Log]:
    """Writes to the run's folder; what an earlier run wrote there of epochs that come again is hidden."""
    from torch.utils.tensorboard import SummaryWriter

    rows = "\n".join(f"| {name} | {value} |" for name, value in run.settings.items())
    with SummaryWriter(run.folder, purge_step=run.done + 1) as writer:
        writer.add_text("settings", f"| setting | value |\n|---|---|\n{rows}", run.done + 1)

        def log(epoch: int, values: Mapping[str, float]) -> None:
            for name, value in values.items():
                writer.add_scalar(name, value, epoch)
            writer.flush()

        yield log
