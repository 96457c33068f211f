"""What load asks: questions and events that the API takes, in the shares that were asked for."""

import collections
import itertools
import json

import pytest
from tests.serving.api.document import check

from genre.client.loadtest.traffic import KINDS, Traffic, World, learned, read_mix, read_users
from genre.core.errors import RequestError

WORLD = World(["u1", "u2"], [f"i{n}" for n in range(30)], ["robot"])
SHAPES = {
    "recommend": "RecommendQuestion",
    "similar": "SimilarQuestion",
    "search": "SearchQuestion",
    "rank": "RankQuestion",
    "events": "EventsBody",
}


def some(traffic, n=200):
    return [(kind, json.loads(body)) for kind, body in itertools.islice(traffic.calls(), n)]


@pytest.mark.parametrize("users", [["u1", "u2"], []])
def test_calls_are_those_of_the_document(served, users):
    mix = dict.fromkeys(KINDS if users else KINDS[:-1], 1.0)
    calls = some(Traffic(World(users, WORLD.items), mix, k=7))
    assert {kind for kind, _ in calls} == set(mix)
    for kind, body in calls:
        check(served.app.openapi(), {"$ref": f"#/components/schemas/{SHAPES[kind]}"}, body)


def test_shares_hold_and_a_seed_repeats():
    mix = {"recommend": 3.0, "events": 1.0}
    counts = collections.Counter(kind for kind, _ in some(Traffic(WORLD, mix), 4000))
    assert counts["recommend"] == pytest.approx(3000, abs=120)  # more than four standard deviations
    only = {"recommend": 1.0, "rank": 1.0}
    assert (
        some(Traffic(WORLD, only, seed=1)) == some(Traffic(WORLD, only, seed=1)) != some(Traffic(WORLD, only, seed=2))
    )
    ids = [body["events"][0]["event_id"] for _, body in some(Traffic(WORLD, {"events": 1.0}))]
    assert len(set(ids)) == len(ids)


def test_the_world_is_learned_from_the_service(shop):
    world = learned(shop, {"search": 1.0}, None)
    assert set(world.items) <= {f"i{n}" for n in range(24)} and len(world.items) > 10 and world.users == []
    texts = {shop.item(one)["text"] for one in world.items}
    assert world.texts and set(world.texts) <= texts
    assert learned(shop, {"events": 1.0}, None).users[0] == "loadtest-0"
    assert learned(shop, {"events": 1.0}, ["u1"]).users == ["u1"]


def test_users_come_from_a_file_or_a_span(tmp_path):
    (tmp_path / "users").write_text("ann\n\n bob \n")
    assert read_users(str(tmp_path / "users")) == ["ann", "bob"]
    assert read_users("9..11") == ["9", "10", "11"] and read_users("v-1..v-2") == ["v-1", "v-2"]
    (tmp_path / "none").write_text("\n")
    for text in ("nowhere", str(tmp_path / "none"), "u2..u1", "u1..v2"):
        with pytest.raises(RequestError, match="--users"):
            read_users(text)


@pytest.mark.parametrize("text", ["recomend=1", "recommend=0", "recommend=many", "recommend=-1", "recommend=nan", ""])
def test_a_mix_that_is_none_is_refused(text):
    with pytest.raises(RequestError, match="--mix"):
        read_mix(text)


def test_a_mix():
    assert read_mix("recommend=80, events=15,search") == {"recommend": 80.0, "events": 15.0, "search": 1.0}
