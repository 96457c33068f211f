"""A service that finds by an index answers as one that compares everything, and follows items at once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from genre.config.loading import load_recipe
from genre.core.errors import RequestError
from genre.indexes.usearch import UsearchIndex
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion
from genre.serving.records import Event
from genre.serving.service import Service
from genre.serving.settings import ServiceSettings
from genre.serving.store.sql import SqlStore
from genre.testing.data import tiny_dataset

INDEX = {"type": "usearch", "exact_below": 0, "dtype": "f32"}
NOW = 1_700_000_000.0
RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [{"name": "text", "encoder": "tfidf"}, {"name": "genres", "encoder": "multi_hot"}],
    "recommender": {"type": "content", "dim": 8, "l2": 2.0},
}


@pytest.fixture(scope="module")
def model():
    return fit_prepared(Prepared(load_recipe(RECIPE), tiny_dataset()))


@pytest.fixture
def pair(model, tmp_path):
    """One service that compares everything, and one with an index; each with a store of its own."""
    stores = [SqlStore.open(tmp_path / f"{name}.db") for name in ("all", "near")]
    settings = (ServiceSettings(), ServiceSettings(index=INDEX))
    yield tuple(Service(model, "tiny", *one, clock=lambda: NOW) for one in zip(stores, settings, strict=True))
    for store in stores:
        store.close()


@pytest.fixture
def searches(monkeypatch):
    """How often an index is searched."""
    found, search = [], UsearchIndex.search
    monkeypatch.setattr(UsearchIndex, "search", lambda *given: found.append(given[2]) or search(*given))
    return found


QUESTIONS = [
    RecommendQuestion(user_id="u3", k=6),
    RecommendQuestion(user_id="nobody", k=6),
    RecommendQuestion(k=4),
    RecommendQuestion(history=("i1", "i4", "gone"), k=24),
    RecommendQuestion(user_id="u3", k=5, filter={"column": "genres", "contains": "space"}),
    RecommendQuestion(user_id="u3", k=5, exclude=("i1", "i2", "i3")),
    RecommendQuestion(user_id="u3", k=5, boost=({"filter": {"column": "genres", "contains": "drama"}, "by": 2.0},)),
    RecommendQuestion(user_id="u3", k=5, diversity=0.5),
    RecommendQuestion(user_id="u3", k=5, explain=True),
    RecommendQuestion(user_id="u3", scenario="popular", k=5),
    SimilarQuestion(items=("i1",), k=5),
    SimilarQuestion(items=("i1", "i2"), k=4, exclude=("i4",)),
    SearchQuestion(text="robot and ship", k=4),
    SearchQuestion(text="robot and ship", k=4, user_id="u3", personal=0.5),
    RankQuestion(user_id="u3", items=("i1", "i9", "i4")),
]


def answered(service, question):
    verb = type(question).__name__.removesuffix("Question").lower()
    return getattr(service, verb)(question)


def scores(answer):
    return [one.score for one in answer.items]


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_answers_are_as_good_as_with_all_scores(pair, question):
    expected, found = (answered(service, question) for service in pair)
    assert [one.score for one in found.items] == pytest.approx(
        [one.score for one in expected.items], rel=1e-4, abs=1e-5
    )
    assert len({one.item_id for one in found.items}) == len(found.items)
    for name in ("fallback", "short", "unknown_items"):
        assert getattr(found, name) == getattr(expected, name)


def test_an_index_is_asked_where_it_can_answer_and_nowhere_else(pair, searches):
    _, near = pair
    asked = []
    for question in QUESTIONS:
        searches.clear()
        answered(near, question)
        asked.append(bool(searches))
    assert asked == [True, False, False, True, True, True, False, True, False, False, True, True, True, False, False]


def test_mmr_gets_its_candidates(pair, searches):
    answered(pair[1], QUESTIONS[7])
    assert searches == [100]


def test_new_items_are_found_at_once_and_deleted_ones_never_again(pair):
    plain, near = pair
    for service in pair:
        service.put_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2030}])
    assert near.indexes["liked"].n_rows == 25
    alike = SimilarQuestion(items=("i2",), k=30)
    for question in (
        SearchQuestion(text="robot ship", k=3),
        SimilarQuestion(items=("i2",), k=30),
        RecommendQuestion(k=30),
    ):
        assert "new" in [one.item_id for one in answered(near, question).items]
    assert near.delete_items(["new", "i4"]) == [True, True]
    for question in (*QUESTIONS, alike, SearchQuestion(text="robot", k=30)):
        assert not {"new", "i4"} & {one.item_id for one in answered(near, question).items}
    near.put_items([{"item_id": "i4", "text": "A planet and a star", "genres": ["space"]}])
    plain.delete_items(["new"])
    plain.put_items([{"item_id": "i4", "text": "A planet and a star", "genres": ["space"]}])
    expected, found = (answered(service, RecommendQuestion(user_id="u3", k=24)) for service in pair)
    assert [one.score for one in found.items] == pytest.approx(
        [one.score for one in expected.items], rel=1e-4, abs=1e-5
    )


def test_events_change_the_next_answer(pair):
    _, near = pair
    first = answered(near, RecommendQuestion(user_id="new user", k=3))
    near.take_events([Event("1", "new user", "i2", "view", NOW), Event("2", "new user", "i5", "view", NOW)])
    after = answered(near, RecommendQuestion(user_id="new user", k=3))
    assert (first.fallback, after.fallback) == ("popular", "none")
    assert not {"i2", "i5"} & {one.item_id for one in after.items}


def test_refusals_are_the_same(pair):
    for service in pair:
        with pytest.raises(RequestError, match="no word"):
            service.search(SearchQuestion(text="qqq"))
        with pytest.raises(RequestError, match="no item"):
            service.similar(SimilarQuestion(items=("gone",)))


def test_another_model_gets_its_index_before_it_answers(pair, model):
    plain, near = pair
    near.activate(model, "tiny-2")
    assert near.version == "tiny-2" and not near.indexes["liked"].is_exact and plain.indexes == {}


def test_questions_in_many_threads_while_items_come(pair):
    _, near = pair

    def ask():
        return [near.recommend(RecommendQuestion(user_id="u3", k=5)) for _ in range(60)]

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask) for _ in range(3)]
        for place in range(10):
            near.put_items([{"item_id": f"new{place}", "text": "A robot and a ship", "genres": ["space"]}])
        answers = [answer for one in asked for answer in one.result()]
    assert all(len(answer.items) == 5 and np.isfinite(scores(answer)).all() for answer in answers)
    assert near.indexes["liked"].n_rows == 34
