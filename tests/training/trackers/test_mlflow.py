from pathlib import Path

import pytest
from tests.training.trackers.conftest import holds_secret, values

from genre.core.errors import DataError
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
