"""Runs for MLflow, in a file of its own: `mlflow ui --backend-store-uri sqlite:///runs/mlflow.db`."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genre.core.errors import DataError, Fault
from genre.core.places import cannot_write
from genre.training.trackers.base import Log, TrackedRun

LONGEST = 500
"""Letters of a setting that are kept."""
WHERE = "training.trackers: mlflow"


@contextmanager
def track(run: TrackedRun) -> Iterator[Log]:
    """Writes to `mlflow.db` in the folder of all runs, or to the server that MLFLOW_TRACKING_URI names.

    The experiment is the first part of the run's name. Nothing is reported to the makers of MLflow.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    server = os.environ.get("MLFLOW_TRACKING_URI")
    with _explained(None if server else _file(run)):
        client = MlflowClient(tracking_uri=server or _made(_file(run)))
        id = _begun(client, run)

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


def _file(run: TrackedRun) -> Path:
    return (run.root / "mlflow.db").absolute()


@contextmanager
def _explained(file: Path | None) -> Iterator[None]:
    """Inside, what MLflow and its database raise becomes a fault of the file, or of the server where that is None."""
    from alembic.util import CommandError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, CommandError) as error:
        what = f"cannot begin a run: {str(error).partition(chr(10))[0].rstrip('.')}."
        if file is None:
            fault = Fault(WHERE, what, "Check MLFLOW_TRACKING_URI, or leave it unset to write files.")
        else:
            broken = "Unless something else is writing to it, move it away; a new one is made."
            mend = broken if file.exists() else "Check the disk and its rights."
            fault = Fault(f"{WHERE}, {file}", what, mend)
        raise DataError(fault) from None


def _made(file: Path) -> str:
    """The address of a database, made beside its place and put there when it is whole.

    Of runs that make one at the same time the first puts its own there, and the others use it.
    """
    if not file.exists():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as scratch:
                _put(_new_database(Path(scratch)), file)
        except OSError as error:
            raise cannot_write(file, error) from None
    return f"sqlite:///{file}"


def _new_database(folder: Path) -> Path:
    """An MLflow database without runs, closed."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    file = folder / "mlflow.db"
    store = SqlAlchemyStore(f"sqlite:///{file}", _artifacts(folder.parent))
    store.engine.dispose()
    return file


def _put(made: Path, file: Path) -> None:
    """Give a file its name, unless there is one of that name by now."""
    try:
        os.link(made, file)
    except FileExistsError:
        return
    except OSError:  # the file system knows no links
        if not file.exists():
            made.rename(file)


def _artifacts(root: Path) -> str:
    return (root / "mlflow-artifacts").absolute().as_uri()


def _begun(client: Any, run: TrackedRun) -> str:
    """The id of the interrupted run, taken up again, or of a new one."""
    from mlflow.entities import Param

    id = run.id_of("mlflow")
    if id is not None and _taken_up(client, id):
        return id
    name = run.name.split("/")[0]
    experiment = client.get_experiment_by_name(name)
    number = _new_experiment(client, name, run.root) if experiment is None else experiment.experiment_id
    id = str(client.create_run(number, run_name=run.name).info.run_id)
    client.log_batch(id, params=[Param(name, str(value)[:LONGEST]) for name, value in run.settings.items()])
    run.keep_id("mlflow", id)
    return id


def _taken_up(client: Any, id: str) -> bool:
    """Whether the interrupted run is still known, and runs again."""
    from mlflow.exceptions import MlflowException

    try:
        client.update_run(id, status="RUNNING")
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return False
    return True


def _new_experiment(client: Any, name: str, root: Path) -> str:
    """The id of a new experiment, or of the one that another run began at the same time."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.create_experiment(name, artifact_location=_artifacts(root)))
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        return str(client.get_experiment_by_name(name).experiment_id)
