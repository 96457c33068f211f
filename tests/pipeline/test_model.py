"""What a fitted model answers."""

from dataclasses import replace

import numpy as np
import pytest

from genre.config.recipe import SPLITTERS
from genre.core.errors import RequestError
from genre.pipeline.fit import fit_prepared
from genre.recommenders.ease import EaseConfig, EaseRecommender


def test_known_users_get_lists_without_what_they_touched(model):
    lists = model.recommend(users=["u0", "u3"], k=5)
    assert lists.columns == ["user_id", "item_id", "rank", "score"]
    for user in ("u0", "u3"):
        part = lists.filter(user_id=user)
        assert part["rank"].to_list() == [1, 2, 3, 4, 5]
        assert part["score"].is_sorted(descending=True)
        touched = model.histories[int(model.catalog.user_vocabulary.rows([user])[0])]
        assert not set(part["item_id"]) & set(model.catalog.item_vocabulary.lookup(touched))


def test_a_stranger_with_the_history_of_a_user_gets_the_list_of_that_user(model):
    row = 4
    history = model.catalog.item_vocabulary.lookup(model.histories[row]).to_list()
    mine = model.recommend(users=[model.catalog.user_vocabulary.ids[row]], k=6)
    posted = model.recommend(histories=[history], k=6)
    assert posted["user_id"].unique().to_list() == ["history 1"]
    assert posted["item_id"].to_list() == mine["item_id"].to_list()


def test_an_empty_history_gets_what_is_popular(model):
    first = model.recommend(histories=[[]], k=3)["item_id"].to_list()
    counts = np.bincount(model.histories.item_rows, minlength=model.catalog.n_items)
    assert counts[model.catalog.item_vocabulary.rows(first)].min() >= np.median(counts)


def test_blocks_do_not_change_lists(model, monkeypatch):
    whole = model.recommend(k=4)
    monkeypatch.setattr(type(model), "_block", property(lambda self: 5))
    assert model.recommend(k=4).equals(whole)
    assert whole["user_id"].n_unique() == model.catalog.n_users


def test_ranking_can_be_given_with_the_question(model):
    only = model.recommend(
        users=["u1"], k=30, ranking=["exclude_seen", {"type": "filter", "column": "genres", "contains": "space"}]
    )
    rows = model.catalog.item_vocabulary.rows(only["item_id"])
    assert len(only) and all("space" in genres for genres in model.catalog.items["genres"].gather(rows).to_list())


def test_similar_items_share_words_and_genres(model):
    found = model.similar(["i0"], k=3)
    assert found.columns == ["item_id", "similar_id", "rank", "score"]
    assert "i0" not in found["similar_id"]
    genres = dict(model.catalog.items.select("item_id", "genres").iter_rows())
    assert all(set(genres[id]) & set(genres["i0"]) for id in found["similar_id"])


def test_search_finds_the_items_whose_text_has_the_word(model):
    texts = dict(model.catalog.items.select("item_id", "text").iter_rows())
    found = model.search("robot", k=3)["similar_id"].to_list()
    assert found and all("robot" in texts[id] for id in found[:1])


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"users": ["nobody"]}, "there is no user 'nobody'"),
        ({"histories": [["i1", "zz"]]}, r"histories\.0: there is no item 'zz'"),
        ({"users": ["u1"], "histories": [["i1"]]}, "Give one of them"),
        ({"users": ["u1"], "k": 0}, "at least 1"),
        ({"users": ["u1"], "k": 2.5}, "whole number"),
        ({"users": "u1"}, r"users: is the text 'u1', not a list. Write \['u1'\]"),
        ({"histories": "i1"}, "histories: is the text"),
        ({"histories": ["i1"]}, r"histories\.0: is the text"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_a_reason(model, question, message):
    with pytest.raises(RequestError, match=message):
        model.recommend(**question)


def test_a_search_for_words_that_nothing_is_known_of_is_refused(model):
    with pytest.raises(RequestError, match="no word of 'qwxyz' is known"):
        model.search(["robot", "qwxyz"])


def test_an_empty_search_is_refused(model):
    with pytest.raises(RequestError, match="text is empty"):
        model.search("  ")


def test_a_model_for_use_learns_from_everything_with_what_validation_chose(prepared):
    first, final = fit_prepared(prepared, refit=False), fit_prepared(prepared)
    assert final.recommender.recency == first.recommender.recency
    counts = prepared.dataset.interactions.popularity()
    assert (final.recommender.scored_items() == (counts > 0)).all()
    held_out = SPLITTERS.build("leave_one_out").hold_out(prepared.dataset, 42)
    whole = replace(held_out, train=prepared.dataset.interactions, valid=held_out.test)
    same = EaseRecommender(EaseConfig(recency="none")).fit(replace(prepared.task(whole)))
    np.testing.assert_array_equal(final.recommender.state().arrays["weights"], same.state().arrays["weights"])
    assert 0 <= final.metrics["validation ndcg@10"] <= 1
