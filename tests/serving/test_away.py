"""While the store is away lists go on, changes are refused, and nothing that was acknowledged is lost."""

import time

import pytest
from tests.waiting import eventually

from genre.core.errors import StoreError
from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion
from genre.serving.records import Event
from genre.serving.service import Service
from genre.serving.store import _postgres
from genre.serving.store.sql import SqlStore


@pytest.fixture
def store(postgres_url):
    store = SqlStore.open(postgres_url)
    yield store
    store.close()


@pytest.fixture
def service(tiny_model, store):
    return Service(tiny_model, "tiny-1", store)


def ask(service, user_id="u0", k=5):
    return service.recommend(RecommendQuestion(user_id=user_id, k=k))


def ids(answer):
    return [one.item_id for one in answer.items]


def event(number, user_id="u0", item_id="i3"):
    return Event(f"e{number}", user_id, item_id, "view", float(number))


def test_a_store_that_stops_is_done_without(service, postgres, tiny_model):
    fresh = ids(ask(service, "u9"))
    service.take_events([event(1)])
    known, figures = ids(ask(service)), service.figures
    assert figures.away_s == 0 and figures.newest_event_at == 1.0
    postgres.stop()
    try:
        answer = ask(service)
        assert ids(answer) == known and answer.away == ("store",)
        stranger = ask(service, "u8")  # not in memory: as the model knows the user
        assert ids(stranger) == tiny_model.recommend(users=["u8"], k=5)["item_id"].to_list()
        assert stranger.away == ("store",) and stranger.fallback == "none"
        assert ids(ask(service, "u9")) == fresh and ask(service, "nobody").fallback == "popular"
        for answer in (
            service.similar(SimilarQuestion(items=("i1",))),
            service.search(SearchQuestion(text="robot")),
            service.rank(RankQuestion(user_id="u0", items=("i1", "i2"))),
        ):
            assert answer.items and answer.away == ("store",)
        for change in (
            lambda: service.take_events([event(2)]),
            lambda: service.put_items([{"item_id": "new"}]),
            lambda: service.delete_items(["i1"]),
            lambda: service.erase("u0"),
        ):
            with pytest.raises(StoreError):
                change()
        assert service.figures.away_s > 0
    finally:
        postgres.start()
    eventually(lambda: not ask(service).away)
    assert ids(ask(service)) == known and [one.event_id for one in service.user("u0")["events"]] == ["e1"]
    assert service.take_events([event(1), event(2)]).n_new == 1
    assert "i1" in ids(ask(service, "nobody", k=24))


def test_what_others_did_meanwhile_is_caught_up_with(service, store, tiny_model, monkeypatch):
    other = Service(tiny_model, "tiny-1", store.of_tenant("default"))
    monkeypatch.setattr(service._live._store, "head", _gone)
    assert ask(service).away == ("store",)
    other.take_events([event(1, item_id=ids(ask(other))[0])])
    assert ids(ask(service)) != ids(ask(other))
    monkeypatch.undo()
    eventually(lambda: not ask(service).away)
    assert ids(ask(service)) == ids(ask(other))


def test_a_store_that_hangs_holds_up_one_answer_for_a_moment(service, postgres, monkeypatch):
    monkeypatch.setattr(_postgres, "HEAD_S", 0.2)
    ask(service)
    postgres.freeze()
    try:
        since = time.monotonic()
        answers = [ask(service) for _ in range(50)]
        assert time.monotonic() - since < 2.5  # the fiftieth part of waiting each time
        assert all(answer.away == ("store",) and len(answer.items) == 5 for answer in answers)
    finally:
        postgres.thaw()
    eventually(lambda: not ask(service).away)


def _gone():
    raise StoreError("gone")
