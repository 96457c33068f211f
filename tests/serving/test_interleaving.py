"""What another thread changes while an answer is made neither breaks the answer nor is lost for the next one."""

import pytest

from genre.serving import _wishes
from genre.serving import service as service_module
from genre.serving.questions import RecommendQuestion
from genre.serving.records import Event
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore

HOME = {"_lifts": _wishes}
ROBOT = {"item_id": "new", "text": "A robot and a ship", "genres": ["space"]}


@pytest.fixture
def service(tiny_model, tmp_path):
    store = SqlStore.open(tmp_path / "state.db")
    yield Service(tiny_model, "tiny-1", store)
    store.close()


def ids(service, user_id="u0", k=24):
    return [one.item_id for one in service.recommend(RecommendQuestion(user_id=user_id, k=k)).items]


def amid(monkeypatch, name, change):
    """Let `change` happen once, when the service comes to the function of this name."""
    function, changes = getattr(HOME.get(name, service_module), name), [change]

    def changed(*arguments):
        if changes:
            changes.pop()()
        return function(*arguments)

    monkeypatch.setattr(HOME.get(name, service_module), name, changed)


@pytest.mark.parametrize("place", ["own_scores", "own_rankers", "_lifts", "places"])
def test_items_that_come_meanwhile_leave_the_answer_whole(service, monkeypatch, place):
    before = ids(service)
    service.put_users([{"user_id": "u0"}])  # so that scores are made anew
    amid(monkeypatch, place, lambda: service.put_items([ROBOT]))
    assert ids(service) == before
    assert "new" in ids(service, k=25)


@pytest.mark.parametrize("place", ["own_scores", "places"])
def test_an_event_that_comes_meanwhile_is_in_the_next_answer(service, monkeypatch, place):
    (first, *_) = ids(service, k=1)
    service.put_users([{"user_id": "u0"}])
    amid(monkeypatch, place, lambda: service.take_events([Event("e1", "u0", first, "view", 1.0)]))
    assert ids(service, k=1) == [first]
    service.take_events([Event("e2", "other", "i3", "view", 1.0)])
    after = service.recommend(RecommendQuestion(user_id="u0", k=5))
    history = service.user("u0")["history"]
    assert first in history and first not in [one.item_id for one in after.items]
    posted = service.recommend(RecommendQuestion(history=history, k=5))
    assert [one.score for one in after.items] == pytest.approx([one.score for one in posted.items])
