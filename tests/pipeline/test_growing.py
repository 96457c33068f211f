"""Items that come after a model was fitted."""

import numpy as np
import polars as pl
import pytest

import genre
from genre.config.loading import load_recipe
from genre.core.errors import RequestError
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

HISTORY = [["i2", "i5", "i8"]]
TRAINING = ["training.epochs=2", "training.batch_size=16", "training.n_threads=1"]
RECOMMENDERS = {
    "content": {"type": "content", "dim": 8, "l2": 2.0},
    "likeness": {"type": "content", "map_to": "none"},
    "tower": {"type": "tower", "dim": 8, "length": 10},
    "hybrid": {"type": "hybrid", "models": ["item_knn", {"type": "content", "dim": 8}, {"type": "tower", "dim": 8}]},
}


@pytest.fixture(scope="module", params=RECOMMENDERS)
def fitted(request, prepared):
    recipe = load_recipe({**prepared.recipe.to_dict(), "recommender": RECOMMENDERS[request.param]}, TRAINING)
    return fit_prepared(Prepared(recipe, tiny_dataset()))


def row_of(model, item, **changes):
    return {**model.catalog.items.row(by_predicate=pl.col("item_id") == item, named=True), **changes}


def scores_of(model, n=30):
    found = model.recommend(histories=HISTORY, k=n)
    return dict(zip(found["item_id"], found["score"], strict=True))


def test_a_copy_of_a_new_item_stands_beside_it(fitted):
    before = scores_of(fitted)
    grown = fitted.with_items([row_of(fitted, "i23", item_id="copy"), {"item_id": "blank"}])
    assert grown.catalog.n_items == fitted.catalog.n_items + 2
    scores = scores_of(grown)
    assert scores["copy"] == pytest.approx(scores["i23"], rel=1e-5)
    assert "copy" in grown.similar(["i23"], k=3)["similar_id"]
    assert scores_of(fitted) == before
    known = sorted(set(before) & set(scores))
    assert [scores[id] for id in known] == pytest.approx([before[id] for id in known], rel=0.1, abs=0.05)


def test_new_items_are_found_by_their_words_and_read_in_histories(fitted):
    grown = fitted.with_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2030}])
    assert "new" in grown.search("robot ship", k=3)["similar_id"]
    assert len(grown.recommend(histories=[["new"]], k=5)) == 5
    listed = grown.recommend(histories=HISTORY, k=30)["item_id"].to_list()
    assert listed.index("new") < len(listed) - 1


def test_an_edited_item_is_found_by_its_new_words(fitted):
    trained, fresh = "i0", "i22"
    edited = fitted.with_items([row_of(fitted, id, text="A planet and a star") for id in (trained, fresh)])
    assert edited.catalog.n_items == fitted.catalog.n_items
    assert {trained, fresh} <= set(edited.search("planet star", k=12)["similar_id"])
    assert edited.catalog.items["text"][0] == "A planet and a star"
    assert edited.catalog.items["item_id"].equals(fitted.catalog.items["item_id"])
    before, after = scores_of(fitted), scores_of(edited)
    if fitted.recommender.config.type_name() == "tower":
        assert after[trained] == before[trained] and after[fresh] != before[fresh]


def test_a_loaded_bundle_places_items_alike_and_grown_models_are_saved(fitted, tmp_path):
    new = [{"item_id": "new", "text": "A robot and a ship", "genres": ["space"]}]
    grown = fitted.with_items(new)
    fitted.save(tmp_path / "before")
    assert scores_of(genre.load(tmp_path / "before").with_items(new)) == scores_of(grown)
    grown.save(tmp_path / "grown")
    assert scores_of(genre.load(tmp_path / "grown")) == scores_of(grown)


def test_one_by_one_is_as_good_as_together(fitted):
    rows = [
        {"item_id": f"n{place}", "text": f"A {word} and a ship", "genres": ["space"]}
        for place, word in enumerate(("star", "robot", "joke"))
    ]
    together, alone = fitted.with_items(rows), fitted
    for row in rows:
        alone = alone.with_items([row])
    one, other = scores_of(together), scores_of(alone)
    assert list(one) == list(other)
    np.testing.assert_allclose(list(one.values()), list(other.values()), rtol=1e-4, atol=1e-5)


def test_recommenders_that_read_no_content_do_not_list_new_items(model):
    grown = model.with_items([row_of(model, "i3", item_id="copy")])
    assert "copy" in grown.similar(["i3"], k=3)["similar_id"]
    assert scores_of(grown) == scores_of(model)
    assert len(grown.recommend(histories=[["copy"]], k=4)) == 4


def test_what_reviews_say_stays_with_known_items():
    dataset = tiny_dataset()
    texts = dataset.catalog.items.select(pl.col("text").fill_null("a ship"))
    rows = np.arange(len(texts), dtype=np.int32)
    pairs = {"user_row": np.resize(np.arange(36, dtype=np.int32), len(rows)), "item_row": rows}
    reviews = pl.DataFrame(pairs).with_columns(texts.rename({"text": "review"}))
    from dataclasses import replace

    catalog = replace(dataset.catalog, reviews=reviews)
    section = {"name": "said", "table": "reviews", "columns": ["review"], "encoder": "tfidf"}
    recipe = load_recipe(
        {
            "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
            "features": [{"name": "genres", "encoder": "multi_hot"}, section],
            "recommender": {"type": "content", "dim": 8},
        }
    )
    fitted = fit_prepared(Prepared(recipe, replace(dataset, catalog=catalog)))
    edited = fitted.with_items([row_of(fitted, "i1", genres=["space"]), {"item_id": "new", "genres": ["space"]}])
    said, before = edited.features[1].embeddings, fitted.features[1].embeddings
    assert (said.vectors[:-1] == before.vectors).all() and (said.present[:-1] == before.present).all()
    assert not said.present[-1]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"text": "no id"}], "items.0: has no item_id."),
        ([{"item_id": "a"}, {"item_id": "a"}], "items: 'a' is there twice."),
        ([{"item_id": "a", "texts": "x"}], "items: the table of items has no column 'texts'. Did you mean 'text'?"),
        ([{"item_id": "a", "year": "soon"}], "items.0.year: 'soon' is not of the column's type, Int64."),
        (["a"], "items: is no list of mappings."),
    ],
)
def test_rows_that_do_not_fit_the_table(model, rows, told):
    with pytest.raises(RequestError) as error:
        model.with_items(rows)
    assert told in str(error.value)
