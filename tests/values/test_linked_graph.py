from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from genre.core.errors import DataError
from genre.testing.data import tiny_dataset
from genre.values import Catalog, Vocabulary
from genre.values.linked_graph import LinkedGraph, graph_faults, graph_remarks

TRIPLES = [("b", "likes", "a"), ("a", "knows", "c"), ("b", "likes", "a")]


def catalog(triples=TRIPLES, links=(("1", "a"), ("2", "c"), ("9", "b"), ("2", "nowhere")), items=("1", "2", "3")):
    graph = pl.DataFrame(triples, schema=dict.fromkeys(["head", "relation", "tail"], pl.String), orient="row")
    table = None if links is None else pl.DataFrame(links, schema=["item_id", "entity_id"], orient="row")
    ids = Vocabulary(items)
    return Catalog(ids, Vocabulary(["u"]), pl.DataFrame({"item_id": ids.ids}), graph=graph, links=table)


def test_rows_are_sorted_and_triples_distinct():
    graph = LinkedGraph.of(catalog())
    assert graph.entities.ids.to_list() == ["a", "b", "c"]
    assert graph.relations.ids.to_list() == ["knows", "likes"]
    assert graph.triples.tolist() == [[0, 0, 2], [1, 1, 0]]
    rows, entities = graph.item_rows(Vocabulary(["1", "2", "3"]))
    assert dict(zip(rows.tolist(), entities.tolist(), strict=True)) == {0: 0, 1: 2}
    assert graph.is_entity(Vocabulary(["1", "2", "3"])).toarray().tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert graph.links.rows() == [("1", 0), ("2", 2), ("9", 1)]  # item 9 may come later


def test_the_order_of_the_file_means_nothing():
    first, second = LinkedGraph.of(catalog()), LinkedGraph.of(catalog(TRIPLES[::-1]))
    assert np.array_equal(first.triples, second.triples)


def test_without_links_an_item_is_the_entity_of_its_name():
    graph = LinkedGraph.of(catalog(links=None, items=("c", "x", "a")))
    assert [array.tolist() for array in graph.item_rows(Vocabulary(["c", "x", "a"]))] == [[2, 0], [0, 2]]


def test_some_relations_only():
    graph = LinkedGraph.of(catalog(), relations=["likes"])
    assert graph.entities.ids.to_list() == ["a", "b"]
    assert graph.links["item_id"].to_list() == ["1", "9"]


@pytest.mark.parametrize(
    ("given", "relations", "where", "what"),
    [
        (replace(catalog(), graph=None), (), "graph", "there is no knowledge graph"),
        (catalog(triples=[]), (), "graph", "holds no triple"),
        (catalog(), ("knowz",), "relations", r"no relation 'knowz'. Did you mean 'knows'\?"),
        (catalog(links=None), (), "links", "no item_id is the name of an entity"),
        (
            catalog(links=[("1", "A")]),
            (),
            "links",
            r"no link joins an item to an entity of the graph \('A' against 'b'",
        ),
        (catalog(links=[("7", "a")]), (), "links", "no link joins"),
    ],
)
def test_faults(given, relations, where, what):
    assert [fault.where for fault in graph_faults(given, relations)] == [where]
    with pytest.raises(DataError, match=what):
        LinkedGraph.of(given, relations)


def test_all_wrong_relations_are_named_at_once():
    assert len(graph_faults(catalog(), ("x", "likes", "y"))) == 2


def test_remarks_count_what_is_lost():
    found = {remark.what.partition(":")[0]: remark for remark in graph_remarks(catalog())}
    assert {word: remark.n_rows for word, remark in found.items()} == {
        "items without an entity": 1,
        "links without an entity": 1,
        "links without an item": 1,
    }
    assert found["items without an entity"].examples["item_id"].to_list() == ["3"]
    assert found["links without an entity"].examples["entity_id"].to_list() == ["nowhere"]
    assert graph_faults(tiny_dataset().catalog) == ()
