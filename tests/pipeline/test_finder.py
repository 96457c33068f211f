"""A model that finds by an index answers as one that compares everything."""

import numpy as np
import pytest

import genre
from genre.config.loading import load_recipe
from genre.core.errors import BundleError, RecipeError, RequestError
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

INDEX = {"type": "usearch", "exact_below": 0, "dtype": "f32"}
TEXT = {"name": "text", "encoder": "tfidf"}
GENRES = {"name": "genres", "encoder": "multi_hot"}
CASES = {
    "content": ({"type": "content", "dim": 8, "l2": 2.0}, [TEXT, GENRES]),
    "plain content": ({"type": "content", "map_to": "none"}, [TEXT]),
    "ials": ({"type": "ials", "dim": 8, "l2": 2.0}, [TEXT, TEXT | {"name": "year", "encoder": "number"}]),
    "bpr": ({"type": "bpr", "dim": 4, "epochs": 3}, []),
    "tower": ({"type": "tower", "dim": 8, "user": "mean", "length": 10}, [TEXT, GENRES]),
}


def fitted(case, **more):
    recommender, features = CASES[case]
    document = {
        "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
        "features": features,
        "recommender": recommender,
        "training": {"epochs": 2, "n_threads": 1},
        **more,
    }
    return fit_prepared(Prepared(load_recipe(document), tiny_dataset()))


@pytest.fixture(scope="module", params=CASES)
def pair(request):
    """The same model without and with an index."""
    plain = fitted(request.param)
    return plain, plain.indexed(load_recipe({**plain.recipe.to_dict(), "index": INDEX}).index)


def same(one, other):
    """As long and as good at every place; items with the same words tie, and rounding says which comes first."""
    assert one["user_id", "rank"].rows() == other["user_id", "rank"].rows()
    assert other["user_id", "item_id"].is_unique().all()
    assert one["score"].to_numpy() == pytest.approx(other["score"].to_numpy(), rel=1e-4, abs=1e-5)


def test_lists_are_those_of_all_scores(pair):
    plain, indexed = pair
    assert indexed.finder.liked is not None and plain.finder is None
    same(plain.recommend(k=5), indexed.recommend(k=5))
    same(
        plain.recommend(histories=[["i1", "i5"], [], ["i3"]], k=6),
        indexed.recommend(histories=[["i1", "i5"], [], ["i3"]], k=6),
    )


@pytest.mark.parametrize(
    "ranking",
    [[], ["exclude_seen", {"type": "top_k", "k": 3}], [{"type": "softmax"}], [{"type": "mmr", "candidates": 12}]],
)
def test_every_step_of_ranking_sees_what_it_needs(pair, ranking):
    plain, indexed = pair
    same(plain.recommend(k=4, ranking=ranking), indexed.recommend(k=4, ranking=ranking))


def test_items_alike_are_found(pair):
    plain, indexed = pair
    expected, found = plain.similar(["i1", "i4"], k=3), indexed.similar(["i1", "i4"], k=3)
    assert found["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), abs=1e-5)
    assert not (found["item_id"] == found["similar_id"]).any() and len(found) == 6


def test_texts_are_found(pair):
    plain, indexed = pair
    if not any(one.encoder.is_text for one in plain.features):
        with pytest.raises(RequestError, match="no text feature"):
            indexed.search("robot")
        return
    expected, found = plain.search(["robot ship", "wedding"], k=3), indexed.search(["robot ship", "wedding"], k=3)
    assert found["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), abs=1e-5)
    with pytest.raises(RequestError, match="no word"):
        indexed.search("qqq")


def test_a_bundle_keeps_its_indexes(pair, tmp_path):
    _, indexed = pair
    indexed.save(tmp_path / "bundle")
    again = genre.load(tmp_path / "bundle")
    assert again.finder.indexes.keys() == indexed.finder.indexes.keys()
    assert {one.recall for one in again.finder.health.values()} == {
        one.recall for one in indexed.finder.health.values()
    }
    same(indexed.recommend(k=5), again.recommend(k=5))
    assert again.indexed(indexed.finder.config) is again, "nothing is built twice"


def test_new_items_are_found_at_once(pair):
    plain, indexed = pair
    item = {"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2001}
    plain, grown = plain.with_items([item]), indexed.with_items([item])
    same(plain.recommend(k=8), grown.recommend(k=8))
    if plain.features:
        assert "new" in grown.similar(["i2"], k=24)["similar_id"].to_list()
        assert "new" in grown.search("robot ship", k=4)["similar_id"].to_list()
    same(pair[0].recommend(k=5), indexed.recommend(k=5))


def test_the_recipe_names_the_index(tmp_path):
    model = fitted("content", index=INDEX)
    assert model.finder is not None and {one.type for one in model.finder.health.values()} == {"usearch"}
    assert set(model.finder.indexes) == {"liked", "alike", "words"}
    assert fitted("content", index="exact").finder is None
    with pytest.raises(RecipeError, match=r"efort.*Did you mean 'effort'"):
        load_recipe({**model.recipe.to_dict(), "index": {"type": "usearch", "efort": 3}})


def test_one_text_feature_needs_no_index_of_its_own():
    model = fitted("plain content", index=INDEX)
    assert set(model.finder.indexes) == {"liked", "alike"} and model.finder.words is model.finder.alike


def test_ratings_and_blends_are_not_searched():
    assert fitted("content").recommender.factors() is not None
    rated = {"type": "tower", "dim": 8, "user": "mean", "matching": {"type": "dot", "bias": "both"}, "loss": "mse"}
    model = fitted("tower", recommender=rated, index=INDEX)
    assert model.finder.liked is None and len(model.recommend(k=3)) == 3 * model.catalog.n_users


def test_an_index_of_other_items_is_refused(tmp_path):
    model = fitted("plain content", index=INDEX)
    states = {name: index.state() for name, index in model.finder.indexes.items()}
    grown = model.with_items([{"item_id": "new", "text": "A robot"}])
    from genre.pipeline.finder import reopened

    with pytest.raises(BundleError, match="24 rows, not 25"):
        reopened(grown, model.finder.config, states)
    assert np.isfinite(model.finder.health["liked"].recall)
