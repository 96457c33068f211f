"""Runs for Weights & Biases: kept as files until `wandb sync`, or sent at once for users who are logged in."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from genre.core.errors import DataError, Fault
from genre.training.trackers.base import Log, TrackedRun


@contextmanager
def track(run: TrackedRun) -> Iterator[Log]:
    """Writes to the run's folder; WANDB_MODE decides whether anything is sent, or else whether the user is logged in.

    The project is the first part of the run's name. Neither code, nor the command line, nor what the machine does is
    recorded, and nothing is reported to the makers of W&B.
    """
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb

    id = run.id_of("wandb") or secrets.token_hex(4)
    run.folder.mkdir(parents=True, exist_ok=True)
    try:
        begun = wandb.init(
            project=run.name.split("/")[0],
            name=run.name,
            id=id,
            resume="allow",
            reinit="create_new",
            dir=run.folder,
            config=dict(run.settings),
            mode=_mode(wandb),
            settings=_silent(wandb),
        )
    except wandb.Error as error:
        mend = "Set WANDB_MODE=offline to write files only."
        raise DataError(Fault("training.trackers: wandb", f"cannot begin a run: {error}", mend)) from None
    run.keep_id("wandb", id)

    def log(epoch: int, values: Mapping[str, float]) -> None:
        begun.log(dict(values), step=epoch)

    code = 1
    try:
        yield log
        code = 0
    finally:
        begun.finish(exit_code=code)


def _mode(wandb: Any) -> Any:
    """Offline, unless the environment says otherwise or there are credentials; asks nobody and no server."""
    chosen = os.environ.get("WANDB_MODE")
    return chosen or ("online" if wandb.login(prompt=False, verify=False) else "offline")


def _silent(wandb: Any) -> Any:
    """Nothing on the terminal, nothing of the machine and of the program."""
    return wandb.Settings(
        console="off",
        silent=True,
        save_code=False,
        disable_code=True,
        disable_git=True,
        disable_job_creation=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
    )
