import numpy as np
import polars as pl
import pytest
import torch
import torch.nn.functional as F

from genre.alignment._item_triples import item_triples
from genre.alignment.translation import TranslationAlignment, TranslationConfig
from genre.core.errors import DataError
from genre.testing.data import tiny_dataset, tiny_split
from genre.training.hardware import threads
from genre.values import Catalog, Interactions, Vocabulary, World
from genre.values.linked_graph import LinkedGraph

ITEMS = Vocabulary(["a", "b", "c", "d"])


def world(triples):
    empty = np.empty(0, dtype=np.int32)
    graph = pl.DataFrame(triples, schema=["head", "relation", "tail"], orient="row")
    users = Vocabulary(["u"])
    catalog = Catalog(ITEMS, users, pl.DataFrame({"item_id": ITEMS.ids}), graph=graph)
    return World(catalog, Interactions(users, ITEMS, empty, empty))


def test_triples_of_items_by_hand():
    found = world(
        [
            ("a", "by", "x"),  # x joins a and b
            ("x", "made", "b"),  # read backwards
            ("c", "by", "y"),  # y is of one item only
            ("d", "follows", "a"),  # straight
            ("x", "knows", "y"),  # no item
        ]
    )
    triples = item_triples(LinkedGraph.of(found.catalog), ITEMS)
    assert triples.starts.tolist() == [0, 1, 2, 2, 3]
    assert triples.tail.tolist() == [4, 4, 0]  # x is place 0 behind the four items
    assert triples.relation.tolist() == [0, 4 + 3, 1]  # by, made read backwards, follows
    assert (triples.n_relations, triples.n_entities) == (8, 1)


def test_loss_of_one_straight_triple_by_hand():
    network = TranslationAlignment(TranslationConfig(margin=1.0)).network(1, 2, world([("d", "follows", "a")]))
    relation = torch.tensor([0.3, -0.2])
    with torch.no_grad():
        network.relations.weight[0] = relation
    vectors = torch.tensor([[3.0, 4.0], [2.0, 0.0]])  # of length 1: (0.6, 0.8) and (1, 0)
    right = float(torch.linalg.vector_norm(torch.tensor([1.3, -0.2]) - torch.tensor([0.6, 0.8])))
    itself = float(torch.linalg.vector_norm(relation))
    possible = {1.0 + right - right, max(0.0, 1.0 + right - itself)}  # the wrong tail is one of the two items
    seen = set()
    for seed in range(8):
        torch.manual_seed(seed)
        seen.add(round(float(network(vectors[:, None], torch.ones(2, 1, dtype=torch.bool), torch.tensor([0, 3]))), 4))
    assert seen == {round(value, 4) for value in possible}


def test_two_threads_find_the_same_gradients_each_time():
    many = world([("d", f"follows {place}", "a") for place in range(4000)])
    network, found = TranslationAlignment().network(1, 64, many), []
    with threads(2):
        for _ in range(4):
            torch.manual_seed(0)
            vectors = torch.randn(4, 1, 64).requires_grad_()
            network(vectors, torch.ones(4, 1, dtype=torch.bool), torch.arange(4)).backward()
            found.append(vectors.grad)
    assert all(torch.equal(found[0], other) for other in found[1:])


def test_an_item_that_is_not_in_the_batch_is_no_tail():
    network = TranslationAlignment().network(1, 2, world([("d", "follows", "a")]))
    for rows in ([3, 1], [0, 1]):
        assert float(network(torch.randn(2, 1, 2), torch.ones(2, 1, dtype=torch.bool), torch.tensor(rows))) == 0.0


def test_content_comes_near_that_of_items_with_the_same_entities():
    dataset, split = tiny_dataset(), tiny_split()
    torch.manual_seed(0)
    network = TranslationAlignment(TranslationConfig(relations=["has_genre"])).network(
        1, 8, World(dataset.catalog, split.train)
    )
    rows, vectors = torch.arange(22), torch.nn.Parameter(torch.randn(22, 1, 8))
    optimizer = torch.optim.Adam([vectors, *network.parameters()], lr=0.05)
    genre = np.arange(22) % 3
    linked = np.arange(22) != 4
    same = (genre[:, None] == genre) & linked[:, None] & linked & ~np.eye(22, dtype=bool)
    other = (genre[:, None] != genre) & linked[:, None] & linked

    def closeness():
        units = F.normalize(vectors[:, 0], dim=-1).detach().numpy()
        return (units @ units.T)[same].mean() - (units @ units.T)[other].mean()

    before, losses = closeness(), []
    for _ in range(150):
        loss = network(vectors, torch.ones(22, 1, dtype=torch.bool), rows)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert abs(before) < 0.3 and closeness() > 0.7
    assert np.mean(losses[-20:]) < 0.5 * losses[0]


def test_at_most_so_many_triples_are_looked_at():
    network = TranslationAlignment(TranslationConfig(max_triples=5)).network(1, 4, World(tiny_dataset().catalog, None))
    heads, relations, tails = network._triples(torch.arange(24))
    assert len(heads) == len(relations) == len(tails) == 5


def test_refusals():
    with pytest.raises(DataError, match="no two items share an entity"):
        TranslationAlignment().network(1, 4, world([("a", "by", "x"), ("b", "by", "y")]))
    with pytest.raises(DataError, match=r"no relation 'bye'\. Did you mean 'by'"):
        TranslationAlignment(TranslationConfig(relations=["bye"])).network(1, 4, world([("a", "by", "x")]))
