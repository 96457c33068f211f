"""Runs for MLflow, in a file of its own: `mlflow ui --backend-store-uri sqlite:///runs/mlflow.db`."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from genre.core.errors import DataError, Fault
from genre.training.trackers.base import Log, TrackedRun

LONGEST = 500
"""Letters of a setting that are kept."""


@contextmanager
def track(run: TrackedRun) -> Iterator[Log]:
    """Writes to `mlflow.db` in the folder of all runs, or to the server that MLFLOW_TRACKING_URI names.

    The experiment is the first part of the run's name. Nothing is reported to the makers of MLflow.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient
    from mlflow.entities import Metric
    from mlflow.exceptions import MlflowException

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    try:
        client = MlflowClient(tracking_uri=_address(run))
        id = _begun(client, run)
    except MlflowException as error:
        what, mend = f"cannot begin a run: {error}", "Check MLFLOW_TRACKING_URI, or leave it unset to write files."
        raise DataError(Fault("training.trackers: mlflow", what, mend)) from None

    def log(epoch: int, values: Mapping[str, float]) -> None:
        now = int(time.time() * 1000)
        metrics = [Metric(name.replace("@", "_at_"), value, now, epoch) for name, value in values.items()]
        client.log_batch(id, metrics=metrics)

    status = "FAILED"
    try:
        yield log
        status = "FINISHED"
    finally:
        client.set_terminated(id, status)


def _address(run: TrackedRun) -> str:
    """Where runs are kept."""
    named = os.environ.get("MLFLOW_TRACKING_URI")
    if named:
        return named
    run.root.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(run.root / 'mlflow.db').absolute()}"


def _begun(client: Any, run: TrackedRun) -> str:
    """The id of the interrupted run, taken up again, or of a new one."""
    from mlflow.entities import Param

    id = run.id_of("mlflow")
    if id is not None:
        client.update_run(id, status="RUNNING")
        return id
    name = run.name.split("/")[0]
    experiment = client.get_experiment_by_name(name)
    place = (run.root / "mlflow-artifacts").absolute().as_uri()
    number = client.create_experiment(name, artifact_location=place) if experiment is None else experiment.experiment_id
    id = str(client.create_run(number, run_name=run.name).info.run_id)
    client.log_batch(id, params=[Param(name, str(value)[:LONGEST]) for name, value in run.settings.items()])
    run.keep_id("mlflow", id)
    return id
