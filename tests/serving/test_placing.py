"""Items that are being encoded hold nobody up, and what happens to them meanwhile counts."""

import threading

import pytest

from genre.pipeline.model import Model
from genre.serving.questions import RecommendQuestion
from genre.serving.records import Event, Record
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore

ROBOT = {"item_id": "new", "text": "A robot and a ship", "genres": ["space"]}
WAIT_S = 10


class Gate:
    """Encoding that starts, and goes on only when it is let."""

    def __init__(self, monkeypatch):
        self.reached, self.open = threading.Event(), threading.Event()
        self.fault = None
        with_items = Model.with_items

        def slow(model, rows):
            self.reached.set()
            assert self.open.wait(WAIT_S)
            if self.fault is not None:
                raise self.fault
            return with_items(model, rows)

        monkeypatch.setattr(Model, "with_items", slow)


@pytest.fixture
def service(tiny_model, tmp_path):
    store = SqlStore.open(tmp_path / "state.db")
    yield Service(tiny_model, "tiny-1", store)
    store.close()


@pytest.fixture
def gate(monkeypatch):
    return Gate(monkeypatch)


@pytest.fixture
def put(service, gate):
    """Items being put by another thread, which has come to encoding them."""
    thread = threading.Thread(target=service.put_items, args=([ROBOT],))
    thread.start()
    assert gate.reached.wait(WAIT_S)
    yield thread
    gate.open.set()
    thread.join(WAIT_S)


def ids(service, user_id="u0", k=25):
    return [one.item_id for one in service.recommend(RecommendQuestion(user_id=user_id, k=k)).items]


def finish(gate, put):
    gate.open.set()
    put.join(WAIT_S)
    assert not put.is_alive()


def test_lists_and_events_go_on_while_items_are_encoded(service, gate, put):
    (first, *_) = ids(service)
    assert "new" not in ids(service) and service.figures.n_waiting == 1
    service.take_events([Event("e1", "u0", first, "view", 1.0)])
    assert first not in ids(service, k=10)
    finish(gate, put)
    assert "new" in ids(service) and first not in ids(service, k=10) and service.figures.n_waiting == 0


def test_an_item_that_is_deleted_while_it_is_encoded_never_appears(service, gate, put):
    service._store.put("items", [Record("new", None)])
    assert "new" not in ids(service)
    finish(gate, put)
    assert "new" not in ids(service) and service.item("new") is None


def test_a_known_item_that_is_deleted_meanwhile_stays_away(service, gate, put):
    (first, *_) = ids(service)
    assert service.delete_items([first]) == [True]
    assert first not in ids(service)
    finish(gate, put)
    assert first not in ids(service) and "new" in ids(service)


def test_another_model_that_is_activated_meanwhile_has_the_items(service, tiny_model, gate, put):
    activating = threading.Thread(target=service.activate, args=(tiny_model, "tiny-2"))
    activating.start()
    finish(gate, put)
    activating.join(WAIT_S)
    assert service.version == "tiny-2" and "new" in ids(service)
    assert ids(service).count("new") == 1


def test_a_fault_of_the_encoder_leaves_the_items_waiting(service, gate, tmp_path, tiny_model):
    gate.open.set()
    gate.fault = MemoryError("no room")
    with pytest.raises(MemoryError):
        service.put_items([ROBOT])
    assert service.figures.n_waiting == 1
    gate.fault = None
    service.put_items([{**ROBOT, "item_id": "other"}])
    assert service.figures.n_waiting == 0 and {"new", "other"} <= set(ids(service, k=26))
