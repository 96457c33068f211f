import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.training.trackers.conftest import holds_secret, values

from genre.core.errors import DataError
from genre.training.trackers import mlflow as tracker
from genre.training.trackers.tracking import missing_trackers

pytestmark = pytest.mark.skipif(bool(missing_trackers(["mlflow"])), reason="the extra track is not installed")


def client():
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{Path('runs/mlflow.db').absolute()}")


def runs():
    return client().search_runs([client().get_experiment_by_name("films").experiment_id])


def history(run, name):
    return [(metric.step, metric.value) for metric in client().get_metric_history(run.info.run_id, name)]


def test_runs_are_logged_resumed_and_told_apart(trained, tmp_path):
    weight, plain = trained()
    trained("mlflow", stop_at=2, folder=tmp_path / "kept")
    (broken,) = runs()
    assert broken.info.status == "FAILED"
    tracked, curve = trained("mlflow", folder=tmp_path / "kept")
    assert (tracked, values(curve)) == (weight, values(plain))
    (run,) = runs()
    assert (run.info.run_id, run.info.status) == (broken.info.run_id, "FINISHED")
    assert run.info.run_name == "films/tower"
    assert history(run, "loss") == [(e.epoch, pytest.approx(e.loss)) for e in curve.epochs]
    assert history(run, "loss/half") == [(e.epoch, pytest.approx(e.parts["half"])) for e in curve.epochs]
    assert history(run, "validation/ndcg_at_10") == [(e.epoch, pytest.approx(e.value)) for e in curve.epochs]
    assert [step for step, _ in history(run, "learning_rate")] == [1, 2, 3, 4]
    assert run.data.params["recommender.dim"] == "8"
    assert run.data.params["training.learning_rate"] == "0.1"
    trained("mlflow")
    assert len(runs()) == 2
    assert not holds_secret(tmp_path)
    from mlflow.telemetry.client import get_telemetry_client

    assert get_telemetry_client() is None


def test_a_server_that_cannot_be_is_a_fault_with_its_mend(trained, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://nowhere")
    with pytest.raises(DataError, match=r"training.trackers: mlflow: cannot begin.*MLFLOW_TRACKING_URI"):
        trained("mlflow")


DATABASE = Path("runs/mlflow.db")


@contextmanager
def broken_off(error, n_statements=33):
    """Inside, databases that are made break off with this error; so many statements leave one half migrated."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    seen = []

    def stop(*args):
        seen.append(1)
        if len(seen) > n_statements:
            raise error

    event.listen(Engine, "before_cursor_execute", stop)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", stop)
    assert len(seen) > n_statements


def left():
    return [path.name for path in DATABASE.parent.iterdir() if "mlflow" in path.name]


def test_an_interrupted_database_leaves_nothing_and_is_made_the_next_time(trained):
    with broken_off(KeyboardInterrupt()):
        assert trained("mlflow") is None
    assert left() == []
    trained("mlflow")
    assert [run.info.status for run in runs()] == ["FINISHED"]
    assert left() == ["mlflow.db"]


def test_a_database_that_cannot_be_made_is_a_fault(trained):
    from sqlalchemy.exc import OperationalError

    full = OperationalError("CREATE TABLE", None, Exception("database or disk is full"))
    with broken_off(full), pytest.raises(DataError, match=r"mlflow.db: cannot begin.*disk is full\. Check the disk"):
        trained("mlflow")
    assert left() == []


@pytest.mark.parametrize(
    ("write", "what"),
    [("half", "duplicate column name"), ("text", "file is not a database")],
)
def test_a_broken_database_is_a_fault_with_its_mend(trained, write, what):
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    DATABASE.parent.mkdir()
    if write == "half":
        with broken_off(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
            SqlAlchemyStore(f"sqlite:///{Path('half.db').absolute()}", "artifacts")
        shutil.copy("half.db", DATABASE)
    else:
        DATABASE.write_text("no database " * 100)
    before = DATABASE.read_bytes()
    with pytest.raises(
        DataError, match=rf"mlflow\.db: cannot begin a run: .*{what}.*\. Unless .* move it away"
    ) as caught:
        trained("mlflow")
    assert len(str(caught.value).splitlines()) == 1
    assert DATABASE.read_bytes() == before


@pytest.mark.parametrize("links", [True, False])
def test_a_database_that_another_run_made_meanwhile_stays(trained, monkeypatch, links):
    def after_another(folder):
        made = new_database(folder)
        shutil.copy(made, DATABASE)
        client().create_experiment("theirs")
        return made

    def no_links(*args):
        raise PermissionError("no links here")

    new_database = tracker._new_database
    monkeypatch.setattr(tracker, "_new_database", after_another)
    if not links:
        monkeypatch.setattr(tracker.os, "link", no_links)
    trained("mlflow")
    assert client().get_experiment_by_name("theirs") is not None
    assert len(runs()) == 1
    assert left() == ["mlflow.db"]


def test_an_interrupted_run_that_the_database_does_not_know_begins_anew(trained, tmp_path):
    trained("mlflow", stop_at=2, folder=tmp_path / "kept")
    (path,) = Path("runs").rglob("run.json")
    path.write_text(json.dumps({"mlflow": "0" * 32}))
    trained("mlflow", folder=tmp_path / "kept")
    assert sorted(run.info.status for run in runs()) == ["FAILED", "FINISHED"]
