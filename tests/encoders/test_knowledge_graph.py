import logging
import os
import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, MissingExtraError, NotFittedError
from genre.encoders.graph import _counts, _pykeen
from genre.encoders.graph._counts import triple_counts
from genre.encoders.graph._interactions import with_interactions
from genre.encoders.graph._plan import Plan
from genre.encoders.graph.knowledge_graph import KnowledgeGraphConfig, KnowledgeGraphEncoder
from genre.pipeline.check import check
from genre.testing.data import tiny_dataset, tiny_split
from genre.values import Vocabulary, World
from genre.values.linked_graph import LinkedGraph

pytest.importorskip("pykeen")
ITEMS = tiny_dataset().catalog.items.select("item_id")
SIZES = (5, 2)
TRIPLES = np.array([[0, 0, 1], [1, 0, 2], [2, 1, 3], [3, 1, 4], [4, 0, 0]])


def world(**changes):
    return World(replace(tiny_dataset().catalog, **changes), tiny_split().train)


def fitted(around=None, **config):
    made = KnowledgeGraphEncoder(KnowledgeGraphConfig(**{"dim": 4, "epochs": 1, "counts": False, **config}))
    made.observe(around or world())
    made.fit(ITEMS)
    return made


def trained(model="TransE", **changes):
    plan = Plan(**{"model": model, "dim": 4, "epochs": 1, "batch_size": None, "learning_rate": 0.01, **changes})
    training = _pykeen.pykeen("genre.encoders.graph._training")
    return training.train(_pykeen.model_class(model), TRIPLES, SIZES, plan)


PLAN = {"negatives": 1, "seed": 3, "version": ""}


@pytest.mark.parametrize("model", ["TransE", "RotatE", "DistMult", "ComplEx", "RGCN", "SimplE", "CompGCN", "NodePiece"])
def test_models_train_and_give_a_vector_per_entity(model):
    vectors = trained(model, **PLAN)
    assert len(vectors) == 5 and np.isfinite(vectors).all()
    assert vectors.shape[1] == {"RotatE": 8, "ComplEx": 8, "SimplE": 8}.get(model, 4)


@pytest.mark.parametrize(
    ("model", "width"),
    [("CP", 16), ("BoxE", 16), ("TransD", 16), ("QuatE", 32), ("AutoSF", 32), ("ConvE", 9), ("MuRE", 10), ("NTN", 8)],
)
def test_width_is_dim_for_each_part_of_an_entity(model, width):
    encoder = fitted(model=model, dim=8)
    assert (encoder.width, encoder.encode(ITEMS).vectors.shape[1]) == (width, width)


@pytest.mark.parametrize("model", ["TransE", "ComplEx"])
def test_equals_pykeen_on_its_own(model):
    from pykeen.models import model_resolver
    from pykeen.training import SLCWATrainingLoop
    from pykeen.triples import CoreTriplesFactory

    torch.manual_seed(3)
    factory = CoreTriplesFactory(torch.from_numpy(TRIPLES), num_entities=5, num_relations=2)
    own = model_resolver.make(model, {"embedding_dim": 4, "triples_factory": factory, "random_seed": 3})
    loop = SLCWATrainingLoop(model=own, triples_factory=factory, optimizer="Adam", optimizer_kwargs={"lr": 0.01})
    loop.train(factory, num_epochs=2, batch_size=5, use_tqdm=False, pin_memory=False)
    expected = own.entity_representations[0]().detach()
    if expected.is_complex():
        expected = torch.cat([expected.real, expected.imag], dim=1)
    np.testing.assert_allclose(trained(model, **PLAN | {"epochs": 2}), expected.numpy(), rtol=1e-5, atol=1e-6)


def test_items_get_the_vector_of_their_entity_and_others_none():
    from genre.encoders.graph._kept import kept

    encoder = fitted()
    found = encoder.encode(ITEMS)
    graph = LinkedGraph.of(world().catalog)
    plan = encoder._plan("TransE", 42)
    vectors = kept(plan.key(graph.triples, (len(graph.entities), len(graph.relations))), pytest.fail)
    for row in (0, 7, 22):
        np.testing.assert_array_equal(found.vectors[row], vectors[graph.entities.rows([f"film{row}"])[0]])
    assert np.flatnonzero(~found.present).tolist() == [4, 23], "item 4 has no link, item 23 is in no triple"


def test_an_item_of_several_entities_gets_their_mean():
    links = pl.DataFrame({"item_id": ["i0", "i0", "i1"], "entity_id": ["film0", "film1", "film1"]})
    found = fitted(world(links=links)).encode(ITEMS).vectors
    single = fitted(world(links=links.tail(2).with_columns(pl.Series("entity_id", ["film0", "film1"])))).encode(ITEMS)
    other = fitted(world(links=pl.DataFrame({"item_id": ["i0"], "entity_id": ["film0"]}))).encode(ITEMS).vectors[0]
    np.testing.assert_allclose(found[0], (other + found[1]) / 2, rtol=1e-6)
    np.testing.assert_array_equal(single.vectors[1], found[1])


def test_without_links_items_are_entities_of_their_name_also_new_ones():
    graph = tiny_dataset().catalog.graph.with_columns(pl.col("head", "tail").str.replace("film", "i"))
    encoder = fitted(world(graph=graph, links=None))
    assert encoder.encode(ITEMS).present.sum() == 23
    assert encoder.encode(pl.DataFrame({"item_id": ["person0", "i3", "stranger", None]})).present.tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_interactions_are_those_of_training_only():
    dataset, split = tiny_dataset(), tiny_split()
    graph = LinkedGraph.of(dataset.catalog)
    more = with_interactions(graph, split.train)
    added = more.triples[len(graph.triples) :]
    users = more.entities.lookup(added[:, 0]).str.strip_prefix("\0user ")
    owner = dict(zip(more.links["entity_row"].to_list(), more.links["item_id"].to_list(), strict=True))
    pairs = set(zip(users.to_list(), (owner[row] for row in added[:, 2].tolist()), strict=True))
    frame = split.train.to_frame()
    assert pairs == set(zip(frame["user_id"].to_list(), frame["item_id"].to_list(), strict=True))
    assert (added[:, 1] == len(graph.relations)).all()
    cold = set(dataset.catalog.item_vocabulary.ids.filter(pl.Series(split.train.popularity() == 0)))
    assert not {owner[row] for row in added[:, 2].tolist()} & cold
    assert "i4" in set(more.links["item_id"]), "an item without entity becomes one"


def test_held_out_interactions_change_nothing():
    dataset, split = tiny_dataset(), tiny_split()
    seen = fitted(World(dataset.catalog, split.train), interactions=True).encode(ITEMS).vectors
    without = fitted().encode(ITEMS).vectors
    assert not np.array_equal(seen, without)
    fewer = split.train.take(np.arange(len(split.train)) < 50)
    assert not np.array_equal(fitted(World(dataset.catalog, fewer), interactions=True).encode(ITEMS).vectors, seen)
    assert np.array_equal(fitted(World(dataset.catalog, fewer)).encode(ITEMS).vectors, without)


def test_trained_once_then_read_from_disk(cache, monkeypatch):
    first = fitted().encode(ITEMS).vectors
    files = list((cache / "knowledge_graphs").iterdir())
    assert len(files) == 1
    training = _pykeen.pykeen("genre.encoders.graph._training")
    with monkeypatch.context() as patch:
        patch.setattr(training, "train", pytest.fail)
        np.testing.assert_array_equal(fitted().encode(ITEMS).vectors, first)
    fitted(relations=["has_genre"])
    assert len(list((cache / "knowledge_graphs").iterdir())) == 2
    files[0].write_bytes(files[0].read_bytes()[:40])  # as a full disk leaves it
    np.testing.assert_array_equal(fitted().encode(ITEMS).vectors, first)


def test_all_that_vectors_depend_on_is_in_the_key():
    plan = Plan("TransE", 4, 1, None, 0.01, 1, 3, "1.11")
    changes = [{"model": "RotatE"}, {"dim": 5}, {"epochs": 2}, {"batch_size": 9}, {"learning_rate": 0.1}]
    plans = [plan, *(replace(plan, **one) for one in [*changes, {"negatives": 2}, {"seed": 4}, {"version": "2"}])]
    keys = [one.key(TRIPLES, SIZES) for one in plans]
    keys += [plan.key(TRIPLES[:4], SIZES), plan.key(TRIPLES[:, ::-1], SIZES), plan.key(TRIPLES, (6, 2))]
    assert len(set(keys)) == len(keys) == 12
    assert plan.key(TRIPLES.copy(), SIZES) == keys[0]


def test_training_leaves_the_process_as_it_was(cache, capfd):
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    before = torch.rand(1), np.random.rand(), random.random()
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    level = logging.getLogger("pykeen").level
    trained("NodePiece", **PLAN)
    assert (torch.rand(1), np.random.rand(), random.random()) == before
    assert logging.getLogger("pykeen").level == level
    assert capfd.readouterr() == ("", "")


def test_pykeen_lives_in_our_cache(tmp_path):
    code = "from genre.encoders.graph._pykeen import model_class as m; print(m('r-gcn').__name__)"
    home = {"HOME": str(tmp_path / "home"), "GENRE_CACHE": str(tmp_path / "cache")}
    environment = {name: value for name, value in os.environ.items() if name != "PYSTOW_HOME"} | home
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "RGCN\n"
    assert (tmp_path / "cache" / "pykeen").is_dir() and not (tmp_path / "home" / ".data").exists()


def test_state_survives_a_folder(tmp_path):
    encoder = fitted(model="ComplEx")
    save_state(encoder.state(), tmp_path)
    again = KnowledgeGraphEncoder(encoder.config)
    again.restore(load_state(tmp_path))
    assert again.width == 8
    np.testing.assert_array_equal(again.encode(ITEMS.reverse()).vectors, encoder.encode(ITEMS).vectors[::-1])


@pytest.mark.parametrize(
    ("around", "config", "what"),
    [
        ({"graph": None}, {}, "graph: there is no knowledge graph. Name the table of triples"),
        ({"graph": tiny_dataset().catalog.graph.clear()}, {}, "graph: holds no triple that can be used"),
        ({"links": None}, {}, "links: no item_id is the name of an entity, and there is no table of links"),
        (
            {"links": tiny_dataset().catalog.links.clear()},
            {},
            "links: the table of links holds no row that can be used",
        ),
        (
            {},
            {"relations": ["has_genres"]},
            "relations: the graph has no relation 'has_genres'. Did you mean 'has_genre'?",
        ),
        ({}, {"model": "Rotate3"}, "model: 'Rotate3' is not one of PyKEEN's models. Did you mean 'RotatE'?"),
        ({}, {"model": "DistMultLiteral"}, "model: 'DistMultLiteral' needs more than triples"),
        (
            {},
            {"model": "ConvE", "dim": 7},
            "model: PyKEEN's ConvE cannot be trained with dim 7: Calculated padded input size per channel",
        ),
        ({}, {"model": "RESCAL", "learning_rate": 1e30, "epochs": 9}, "learning_rate: the loss became infinite"),
    ],
)
def test_refusals(around, config, what):
    with pytest.raises(DataError) as caught:
        fitted(world(**around), **config)
    assert what in str(caught.value)


def test_errors_that_no_setting_causes_stay_what_they_are(monkeypatch):
    training = _pykeen.pykeen("genre.encoders.graph._training")

    def broken(bar, *args, **kwargs):
        raise KeyError("a slip")

    monkeypatch.setattr(training._Bar, "on_batch", broken)
    with pytest.raises(KeyError, match="a slip"):
        trained(**PLAN)


def test_check_tells_faults_and_counts_what_is_lost(tmp_path):
    dataset = tiny_dataset()
    dataset.interactions.to_frame().write_parquet(tmp_path / "interactions.parquet")
    for name in ("items", "graph", "links"):
        getattr(dataset.catalog, name).write_parquet(tmp_path / f"{name}.parquet")
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("interactions", "items", "graph", "links")}
    recipe = {
        "data": {"source": {"type": "parquet", **paths}},
        "features": [{"name": "graph", "encoder": "knowledge_graph"}],
        "recommender": "content",
    }
    found = [one for one in check(recipe).findings if one.where == "features.0.encoder"]
    assert [(one.level, one.what.split(":")[0]) for one in found] == [
        ("WARN", "items without an entity"),
        ("WARN", "links without an entity"),
    ]
    assert found[0].examples == ({"item_id": "i4"}, {"item_id": "i23"})
    del recipe["data"]["source"]["graph"]
    missing = [one for one in check(recipe).findings if one.where == "features.0.encoder, graph"]
    assert [one.level for one in missing] == ["FAIL"]
    recipe["features"][0]["encoder"] = {"type": "knowledge_graph", "model": "TransEE"}
    wrong = next(one for one in check(recipe).findings if one.where == "features.0.encoder, model")
    assert wrong.mend == "Did you mean 'TransE'?"


@pytest.mark.parametrize("config", [{}, {"relations": ["has_genre"]}, {"interactions": True}], ids=str)
def test_the_triples_that_cost_time_are_those_that_are_learned(config):
    dataset, train = tiny_dataset(), tiny_split().train
    twice = world(graph=pl.concat([dataset.catalog.graph] * 2))
    encoder = KnowledgeGraphEncoder(KnowledgeGraphConfig(epochs=10**9, **config))
    encoder.observe(replace(twice, train=train.take(np.repeat(np.arange(len(train)), 2))))
    graph = LinkedGraph.of(dataset.catalog, config.get("relations", ()))
    graph = with_interactions(graph, train) if config.get("interactions") else graph
    remark = encoder.remarks(ITEMS)[-1]
    assert remark.what.startswith(f"{len(graph.triples):,} triples times 1000000000 epochs may take hours")
    assert remark.n_rows == len(graph.triples)
    assert remark.examples["relation"].is_in(graph.relations.ids.implode()).all()


def test_users_are_no_entities():
    encoder = KnowledgeGraphEncoder(KnowledgeGraphConfig())
    encoder.observe(World(tiny_dataset().catalog, tiny_split().train, "users"))
    assert "of items, not of users" in encoder.obstacles(ITEMS)[0].what


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(_pykeen.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'knowledge_graph: needs the package \'pykeen\'.*"genre\[graph\]"'):
        fitted()
    encoder = KnowledgeGraphEncoder()
    assert "is not installed" in encoder.obstacles(ITEMS)[0].what
    with pytest.raises(NotFittedError):
        encoder.encode(ITEMS)
    assert Vocabulary(ITEMS["item_id"]) == tiny_dataset().catalog.item_vocabulary


def test_counts_are_those_of_the_triples(monkeypatch):
    graph = LinkedGraph.of(world().catalog)
    found = np.expm1(triple_counts(graph))
    table = pl.DataFrame(graph.triples, schema=["head", "relation", "tail"])
    columns = [
        [table.filter(pl.col("relation") == relation, pl.col(side) == entity).height for entity in range(len(found))]
        for side in ("head", "tail")
        for relation in range(len(graph.relations))
    ]
    np.testing.assert_allclose(found, np.array([column for column in columns if any(column)]).T, rtol=1e-5)
    monkeypatch.setattr(_counts, "MOST", 1)
    most = max(columns, key=sum)
    np.testing.assert_allclose(np.expm1(triple_counts(graph))[:, 0], most, rtol=1e-5)


def test_counts_stand_beside_the_vectors_and_say_as_much():
    plain, both = fitted().encode(ITEMS), fitted(counts=True).encode(ITEMS)
    known = both.vectors[both.present]
    vectors, counts = known[:, : plain.dim], known[:, plain.dim :]
    assert vectors.var(axis=0).sum() == pytest.approx(counts.var(axis=0).sum(), rel=0.2)
    ratio = vectors / plain.vectors[plain.present]
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-4)


def test_counts_know_nothing_of_interactions():
    alone, beside = (fitted(counts=True, interactions=value).encode(ITEMS) for value in (False, True))
    rows = alone.present & beside.present
    counts, others = alone.vectors[rows][:, 4:], beside.vectors[rows][:, 4:]
    ratio = others.sum() / counts.sum()
    np.testing.assert_allclose(others, ratio * counts, rtol=1e-4)
    new = beside.present & ~alone.present
    assert not beside.vectors[new][:, 4:].any()
