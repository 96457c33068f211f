"""The shared part of the peers' scripts, run where no other library is needed; and that the catalog fits the files."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from benchmarks.peers.catalog import PEERS, Peer, peer_named
from benchmarks.peers.runner import PeerRun
from benchmarks.peers.table import as_frame, printed
from benchmarks.scoring import score

# In the training part a stands 3 times, b, c and e twice, d and f once.
PARTS = {
    "u": {"train": "abc", "valid": "d", "test": "e"},
    "v": {"train": "acd", "valid": "b", "test": "ef"},
    "w": {"train": "ef", "valid": "a", "test": "b"},
    "x": {"train": "abe", "valid": "f", "test": "c"},
}


@pytest.fixture
def split_path(tmp_path: Path) -> Path:
    rows = [
        {"user_id": user, "item_id": item, "rating": 1.0, "timestamp": 10 * n_part + place, "part": part}
        for user, parts in PARTS.items()
        for n_part, (part, items) in enumerate(parts.items())
        for place, item in enumerate(items)
    ]
    path = tmp_path / "split.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def run(
    script: str, model: str, split_path: Path, protocol: str, depth: int = 2
) -> tuple[pl.DataFrame, dict[str, object]]:
    out = split_path.parent / "out" / "lists.parquet"
    command = [sys.executable, str(peer_named(script).script), str(split_path), str(out), "--protocol", protocol]
    subprocess.run([*command, "--model", model, "--depth", str(depth)], check=True, capture_output=True)
    return pl.read_parquet(out), json.loads(out.with_suffix(".json").read_text())


def test_popularity_lists_the_most_touched_unseen_items(split_path: Path) -> None:
    lists, record = run("popularity", "popularity", split_path, "p1")
    found = {user: "".join(part["item_id"]) for (user,), part in lists.partition_by("user_id", as_dict=True).items()}
    assert found == {"u": "ef", "v": "ef", "w": "bc", "x": "cd"}
    assert record["peak_mib"] > 0


@pytest.mark.parametrize("protocol", ["p1", "p2"])
def test_no_protocol_lists_train_or_valid_items(split_path: Path, protocol: str) -> None:
    lists, _ = run("implicit-item_knn", "item_knn", split_path, protocol, depth=6)
    assert lists.height > 0
    score(pl.read_parquet(split_path), lists, ks=[2])  # raises on a seen item and on ranks with gaps


def models_of(peer: Peer) -> set[str]:
    assignments = [node for node in ast.parse(peer.script.read_text()).body if isinstance(node, ast.Assign)]
    models = next(node.value for node in assignments if getattr(node.targets[0], "id", "") == "MODELS")
    assert isinstance(models, ast.Dict)
    return {key.value for key in models.keys if isinstance(key, ast.Constant)}


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_each_peer_has_a_script_and_pins(peer: Peer) -> None:
    assert peer.model in models_of(peer)
    pins = [line for line in peer.requirements.read_text().splitlines() if not line.startswith("#")]
    assert all("==" in pin for pin in pins)


def test_a_failed_peer_is_told_beside_the_others() -> None:
    runs = [PeerRun(PEERS[0], failure="no such wheel")]
    assert as_frame(runs, [10])["ndcg@10"].to_list() == [None]
    assert "popularity failed: no such wheel" in printed(runs, [10])
