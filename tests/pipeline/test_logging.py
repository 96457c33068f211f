"""A recipe with trackers leaves its runs where it says, and the same model."""

from pathlib import Path

import numpy as np
import pytest

from genre.config.loading import load_recipe
from genre.experiment.evaluate import run_experiment
from genre.pipeline._check_models import components
from genre.pipeline._check_training import training_findings
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset
from genre.training.trackers import tracking

TOWER = {"type": "tower", "dim": 8, "length": 6, "user": "mean"}


def prepared(recommender=TOWER, **training):
    document = {
        "name": "tiny films",
        "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
        "recommender": recommender,
        "training": {"epochs": 1, "batch_size": 16, "n_threads": 1, **training},
        "evaluation": {"baselines": [], "bootstrap": 0},
    }
    return Prepared(load_recipe(document), tiny_dataset())


def runs(folder):
    """The folders that hold event files, without the mark of the run."""
    return sorted({str(path.parent.parent.relative_to(folder)) for path in folder.rglob("events.*")})


def test_fitting_and_judging_are_logged_apart_and_change_nothing(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason="the extra track is not installed")
    monkeypatch.chdir(tmp_path)
    tracked = prepared(trackers=["tensorboard"])
    model, plain = fit_prepared(tracked), fit_prepared(prepared())
    histories = plain.histories
    np.testing.assert_array_equal(model.recommender.score(histories), plain.recommender.score(histories))
    assert runs(Path("runs")) == ["tiny_films/first", "tiny_films/second"]
    run_experiment(prepared(trackers=["tensorboard"], log_folder="elsewhere"))
    assert runs(Path("elsewhere")) == ["tiny_films/fold-0/tower"]


def test_parts_of_a_blend_are_logged_apart(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason="the extra track is not installed")
    monkeypatch.chdir(tmp_path)
    blend = {"type": "hybrid", "models": ["ease", TOWER]}
    run_experiment(prepared(blend, trackers=["tensorboard"]))
    assert runs(Path("runs")) == ["tiny_films/fold-0/hybrid/1-tower"]


def test_a_check_names_trackers_that_are_not_installed_and_users_that_nothing_tells_apart(monkeypatch):
    monkeypatch.setitem(tracking.NEEDED, "mlflow", ("no_such_package",))
    recipe = prepared({**TOWER, "user": "none"}, trackers=["mlflow"]).recipe
    findings = training_findings(recipe, components(recipe))
    found = {finding.where: finding for finding in findings if finding.level == "FAIL"}
    assert "no_such_package" in found["training.trackers: mlflow"].what
    assert "genre[track]" in found["training.trackers: mlflow"].mend
    assert "reads no history" in found["recommender.user"].what
