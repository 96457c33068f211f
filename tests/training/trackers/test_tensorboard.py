from pathlib import Path

import pytest
from tests.training.trackers.conftest import holds_secret, values

loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="extra track")


def scalars(folder):
    """What TensorBoard shows of a run: name -> [(step, value)]."""
    events = loading.EventAccumulator(str(folder)).Reload()
    return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in events.Tags()["scalars"]}


def run_folder():
    (folder,) = Path("runs/films/tower").iterdir()
    return folder


def test_every_epoch_is_shown_and_training_is_the_same(trained, tmp_path):
    (weight, plain), (tracked, curve) = trained(), trained("tensorboard")
    assert (tracked, values(curve)) == (weight, values(plain))
    shown = scalars(run_folder())
    assert set(shown) == {"loss", "loss/line", "loss/half", "validation/ndcg@10", "learning_rate", "seconds"}
    assert shown["loss"] == [(e.epoch, pytest.approx(e.loss)) for e in curve.epochs]
    assert shown["validation/ndcg@10"] == [(e.epoch, pytest.approx(e.value)) for e in curve.epochs]
    rates = [rate for _, rate in shown["learning_rate"]]
    assert 0.1 > rates[1] > rates[-1] >= 0
    assert not holds_secret(tmp_path)


def test_a_resumed_run_goes_on_and_a_new_one_takes_its_place(trained, tmp_path):
    trained("tensorboard", stop_at=2, folder=tmp_path / "kept")
    assert len(scalars(run_folder())["loss"]) == 2
    _, curve = trained("tensorboard", folder=tmp_path / "kept")
    expected = [(e.epoch, pytest.approx(e.loss)) for e in curve.epochs]
    assert scalars(run_folder())["loss"] == expected
    trained("tensorboard")
    assert scalars(run_folder())["loss"] == expected
