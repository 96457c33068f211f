import importlib.util

import pytest

from genre.core.errors import DataError, MissingExtraError
from genre.training.trackers.base import TrackedRun, flat, values_of
from genre.training.trackers.tracking import missing_trackers, run_folder, tracking
from genre.values.curve import Epoch


def test_values_of_an_epoch_have_names():
    entry = Epoch(3, 1.5, 0.25, 2.0, {"softmax": 1.0, "contrastive": 0.5})
    assert values_of(entry, "ndcg@10", [0.1, 0.01]) == {
        "loss": 1.5,
        "loss/softmax": 1.0,
        "loss/contrastive": 0.5,
        "validation/ndcg@10": 0.25,
        "learning_rate": 0.1,
        "learning_rate/pretrained-1": 0.01,
        "seconds": 2.0,
    }
    assert "validation/ndcg@10" not in values_of(Epoch(1, 1.0, None, 1.0), "ndcg@10", [0.1])


def test_settings_are_flat():
    assert flat({"dim": 8, "user": {"type": "mean"}}, "recommender") == {
        "recommender.dim": 8,
        "recommender.user.type": "mean",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [("films/tower", "films/tower"), ("../../etc", "etc"), ("A film: 1/2", "A_film_1/2"), ("/", "."), ("电影", "电影")],
)
def test_names_become_folders_inside_the_root(name, expected):
    assert str(run_folder(name)) == expected


def test_missing_packages_are_named_with_their_extra(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert [str(fault) for fault in missing_trackers(["tensorboard"])] == [
        "training.trackers: tensorboard: needs the package 'tensorboard', which is not installed. "
        'pip install "genre[track]"'
    ]
    with (
        pytest.raises(MissingExtraError, match="track"),
        tracking(["wandb"], TrackedRun("a", tmp_path, tmp_path / "a")),
    ):
        pass


def test_a_place_that_cannot_be_is_refused_at_once(tmp_path):
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("")
    run = TrackedRun("a", tmp_path / "file", tmp_path / "file" / "a")
    with pytest.raises(DataError, match="is a file"), tracking(["tensorboard"], run):
        pass


def test_without_trackers_nothing_is_written(tmp_path):
    with tracking([], TrackedRun("a", tmp_path / "runs", tmp_path / "runs" / "a")) as log:
        log(1, {"loss": 1.0})
    assert not list(tmp_path.iterdir())


def test_ids_of_other_trackers_are_kept(tmp_path):
    run = TrackedRun("a", tmp_path, tmp_path / "a", done=1)
    run.keep_id("mlflow", "m")
    run.keep_id("wandb", "w")
    assert (run.id_of("mlflow"), run.id_of("wandb")) == ("m", "w")
    assert TrackedRun("a", tmp_path, tmp_path / "a", done=0).id_of("mlflow") is None
