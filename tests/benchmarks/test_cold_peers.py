"""What peers are given of a cold-items split, how they are tuned and ranked, and how the ratio to them is told."""

import importlib
import json
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.cold_export import split_frame, texts_of, triple_words, word_matrix
from benchmarks.cold_peers import verdict
from benchmarks.peers.catalog import COLD_PEERS, COLD_PEERS_ON_VECTORS, FOLDER, Peer
from benchmarks.peers.environments import ROOT
from benchmarks.peers.protocol import read_task
from benchmarks.scoring import score
from genre.config.recipe import FeatureSection
from genre.core.errors import DataError
from genre.testing.data import tiny_task
from genre.values import Interactions, Split, Vocabulary

ITEMS = "abcdefghij"
WARM, VALID, TEST = "abcdef", "gh", "ij"


@pytest.fixture
def protocol(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("cold_protocol")


@pytest.fixture
def split_path(tmp_path: Path) -> Path:
    """Users of even number like items at even places, the others those at odd ones; `new` has a test item only."""
    rows = [
        {"user_id": f"u{user}", "item_id": item, "rating": 1.0, "timestamp": place, "part": part}
        for user in range(8)
        for part, items in (("train", WARM), ("valid", VALID), ("test", TEST))
        for place, item in enumerate(items)
        if place % 2 == user % 2
    ]
    rows.append({"user_id": "new", "item_id": "i", "rating": 1.0, "timestamp": 9, "part": "test"})
    pl.DataFrame(rows).write_parquet(tmp_path / "split.parquet")
    features = tmp_path / "features"
    features.mkdir()
    order = list(reversed(ITEMS))
    kinds = np.array([[ITEMS.index(item) % 2 == kind for kind in (0, 1)] for item in order], dtype=np.float32)
    np.save(features / "dense.npy", kinds - 0.5)
    sp.save_npz(features / "words.npz", sp.csr_matrix(kinds))
    texts = ["comic funny laugh" if kind[0] else "grim sad tears" for kind in kinds]
    pl.DataFrame({"item_id": order, "text": texts}).write_parquet(features / "items.parquet")
    return tmp_path / "split.parquet"


def test_features_stand_in_the_order_of_the_split(protocol: ModuleType, split_path: Path) -> None:
    task = read_task(split_path, "p2")
    words, vectors = (
        protocol.read_features(split_path.parent / "features", task, form) for form in ("words", "vectors")
    )
    assert (list(words), list(vectors)) == (["words"], ["dense"])
    kinds = [ITEMS.index(item) % 2 for item in task.items]
    assert words["words"].toarray().argmax(axis=1).tolist() == kinds
    assert (vectors["dense"].toarray() == words["words"].toarray() - 0.5).all()


def test_what_a_graph_says_becomes_words() -> None:
    """The three genres, and the films that two trained ones follow or are followed by: none."""
    task = tiny_task()
    found = triple_words(task, task.split.train.popularity() > 0).toarray() > 0
    genres = task.catalog.items["genres"].list.first()
    assert found.shape == (24, 3) and not found[[4, 23]].any()
    rows = [row for row in range(23) if row not in (4,) and genres[row] is not None]
    assert len({(genres[row], *found[row].tolist()) for row in rows}) == 3


def test_only_cold_items_of_the_part_are_listed(protocol: ModuleType, split_path: Path) -> None:
    task = read_task(split_path, "p2")
    n_users, n_items = task.shape
    factors = protocol.Factors(np.ones((n_users, 1)), np.zeros((n_items, 1)), np.arange(n_items, dtype=float))
    for question, part in ((task.on_valid(), VALID), (task.on_test(), TEST)):
        rows = factors.lists(question, 5).item_rows
        assert {task.items[row] for row in rows.ravel()} == set(part)
        assert (np.diff(rows, axis=1) < 0).all()  # the higher row has the higher bias


def test_strangers_get_the_mean_of_the_trained(protocol: ModuleType) -> None:
    users = protocol.with_strangers(np.array([[1.0], [99.0], [3.0]]), np.array([True, False, True]))
    assert users.ravel().tolist() == [1.0, 2.0, 3.0]


def test_drawn_settings_differ_and_variants_take_turns(protocol: ModuleType) -> None:
    drawn = protocol.drawn({"features": ["x", "y"], "dim": [1, 2, 3]}, 5, seed=1)
    assert [one["features"] for one in drawn] == ["x", "y", "x", "y", "x"]
    assert len({tuple(one.values()) for one in drawn}) == 5
    assert drawn[0] == {"features": "x", "dim": 1}
    assert len(protocol.drawn({"dim": [1, 2]}, 10, seed=1)) == 2


def test_the_best_look_of_the_best_trial_is_kept(protocol: ModuleType, split_path: Path) -> None:
    task = read_task(split_path, "p2")
    taste = np.array([1.0 if user in ("u0", "u2", "u4", "u6") else -1.0 for user in task.users])[:, None]
    sides = np.array([1.0 if ITEMS.index(item) % 2 == 0 else -1.0 for item in task.items])[:, None]
    asked = []

    def fit(settings: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
        for sign in settings["signs"]:
            asked.append(sign)
            yield settings | {"sign": sign}, protocol.Factors(taste, sign * sides, np.zeros(len(sides)))

    options = Namespace(trials=2, seed=0, patience=2)
    fitted = protocol.tuned(task, options, {"signs": [(-1, -1), (-1, 1, -1, -1, 1)]}, fit)
    assert fitted.settings["sign"] == 1
    assert fitted.settings["valid_ndcg@10"] == 1.0
    assert asked == [-1, -1, -1, 1, -1, -1]  # two looks without a gain end a trial
    question = task.on_test()
    lists = fitted.answer(question, 1)
    chosen = {
        task.users[user]: task.items[item] for user, item in zip(question.rows, lists.item_rows[:, 0], strict=True)
    }
    assert chosen["u0"] == "i"
    assert chosen["u1"] == "j"


@pytest.mark.parametrize("peer", [*COLD_PEERS, *COLD_PEERS_ON_VECTORS], ids=lambda peer: peer.name)
def test_each_cold_peer_has_pins_and_lists_cold_items(peer: Peer, split_path: Path) -> None:
    pins = [line for line in peer.requirements.read_text().splitlines() if not line.startswith("#")]
    assert all("==" in pin for pin in pins)
    python = ROOT / peer.library / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the environment of {peer.library} is made when the benchmark first runs")
    out = split_path.parent / "lists.parquet"
    command = [str(python), str(peer.script), str(split_path), str(out), "--protocol", "p2", "--model", peer.model]
    command += ["--features", str(split_path.parent / "features"), "--trials", "2", "--epochs", "5"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lists, record = pl.read_parquet(out), json.loads(out.with_suffix(".json").read_text())
    assert set(lists["item_id"]) == set(TEST)
    assert lists["user_id"].n_unique() == 9
    assert np.isfinite(lists["score"].to_numpy()).all()
    assert len(record["trials"]) == 2
    assert score(pl.read_parquet(split_path), lists, ks=[2]).n_without_list == 0


def rows_of(**values: tuple[float, ...]) -> list[dict[str, object]]:
    by = {"content": "ours", "hybrid": "ours", "random": "chance"}
    return [
        {"model": model, "by": by.get(model, "peer"), "draw": draw, "ndcg@10": value}
        for model, found in values.items()
        for draw, value in enumerate(found)
    ]


def test_the_ratio_is_that_of_means_over_draws() -> None:
    is_held, line = verdict(
        rows_of(random=(9.0, 9.0), content=(0.3, 0.5), hybrid=(0.1, 0.1), warp=(0.2, 0.4), ctr=(0.1, 0.1))
    )
    assert is_held
    assert "content 0.4000 to warp 0.3000: 1.33 times (lowest draw 1.25)" in line
    assert line.endswith("held")
    is_held, line = verdict(rows_of(content=(0.3,), warp=(0.25,)))
    assert not is_held
    assert line.endswith("MISSED")
    rows = rows_of(content=(0.4,), warp=(0.2,), vbpr=(0.5,))
    is_held, line = verdict([*rows[:2], {**rows[2], "by": "peer on our vectors"}])
    assert is_held
    assert line.splitlines()[1] == "content 0.4000 to vbpr 0.5000: 0.80 times (lowest draw 0.80), handed our vectors"


def split_of(listed: str) -> Split:
    users, items = Vocabulary(pl.Series(["u"])), Vocabulary(pl.Series(list("abc")))
    parts = [Interactions(users, items, np.zeros(1, np.int32), np.array([row], np.int32)) for row in range(3)]
    masks = [np.array([item in allowed for item in "abc"]) for allowed in (listed, "b")]
    return Split(*parts, candidates=masks[0], valid_candidates=masks[1], has_valid_history=False)


def test_a_split_that_lists_other_items_is_refused() -> None:
    assert split_frame(split_of("c"))["part"].to_list() == ["train", "valid", "test"]
    with pytest.raises(DataError, match="exactly the items of a part"):
        split_frame(split_of("ac"))


def test_texts_join_columns_of_words_only() -> None:
    items = pl.DataFrame({"title": ["A", None], "genres": [["x", "y"], []], "year": [1999, 2000], "cast": ["p|q", "r"]})
    sections = [
        FeatureSection.model_validate({"name": "text", "columns": ["title", "year"], "encoder": {"type": "tfidf"}}),
        FeatureSection.model_validate({"name": "genres", "encoder": "multi_hot"}),
        FeatureSection.model_validate({"name": "cast", "encoder": "multi_hot"}),
    ]
    assert texts_of(sections, items).str.split(" ").list.eval(pl.element().filter(pl.element() != "")).to_list() == [
        ["A", "x", "y", "p", "q"],
        ["r"],
    ]


def test_words_are_tf_idf_of_texts_beside_plain_features() -> None:
    task = tiny_task()
    texts = task.catalog.items["genres"].list.join(" ").fill_null("")
    is_trained = task.split.train.popularity() > 0
    words = word_matrix(task, texts, is_trained).toarray()
    genres = task.features[0].embeddings
    lengths = np.linalg.norm(genres.vectors, axis=1)
    assert words.min() >= 0
    assert np.allclose(np.linalg.norm(words[:, -genres.dim :], axis=1), lengths > 0)
    assert (words[:, -genres.dim :] > 0).tolist() == (genres.vectors > 0).tolist()
    found = TfidfVectorizer(min_df=2, sublinear_tf=True).fit([texts[int(row)] for row in np.flatnonzero(is_trained)])
    assert np.allclose(words[:, : -genres.dim], found.transform(texts.to_list()).toarray())
