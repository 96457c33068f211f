import json
from pathlib import Path

import pytest
from tests.training.trackers.conftest import holds_secret, values

from genre.training.trackers.tracking import missing_trackers

pytestmark = pytest.mark.skipif(bool(missing_trackers(["wandb"])), reason="the extra track is not installed")


def records(path):
    """The messages of a file: a header of 7 bytes, then each with checksum (4 bytes), length (2) and kind (1)."""
    from wandb.proto import wandb_internal_pb2 as messages

    data, place = path.read_bytes(), 7
    assert len(data) < 2**15, "longer files are divided into blocks"
    while place < len(data):
        length = int.from_bytes(data[place + 4 : place + 6], "little")
        record = messages.Record()
        record.ParseFromString(data[place + 7 : place + 7 + length])
        yield record
        place += 7 + length


def logged():
    """Steps and losses in the files that await `wandb sync`, and the ids of the runs."""
    found, ids = [], set()
    for path in sorted(Path("runs").rglob("*.wandb")):
        for record in records(path):
            if record.HasField("run"):
                ids.add(record.run.run_id)
            entry = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
            if "loss" in entry:
                found.append((entry["_step"], entry["loss"]))
    return found, ids


def test_runs_are_kept_as_files_and_resumed(trained, tmp_path):
    weight, plain = trained()
    trained("wandb", stop_at=2, folder=tmp_path / "kept")
    tracked, curve = trained("wandb", folder=tmp_path / "kept")
    assert (tracked, values(curve)) == (weight, values(plain))
    found, ids = logged()
    assert found == [(e.epoch, pytest.approx(e.loss)) for e in curve.epochs]
    assert len(ids) == 1
    assert not holds_secret(tmp_path)
