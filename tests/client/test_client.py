"""The client against a service: every call comes to what the service itself says and keeps."""

import re
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from genre.client import ApiError, Client, Event, results
from genre.client.questions import KeyMore, Limits, RankMore, RecommendMore, SearchMore
from genre.core.errors import Fault, RequestError
from genre.serving.api import shapes
from genre.serving.api.app import DOORS
from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion

FILTER = {"not": {"column": "genres", "contains": "space"}}


def same(answer, expected):
    """What the client read is what the service said, field by field."""
    told = expected.to_dict()
    assert {**told, "recommendation_id": answer.recommendation_id} == {
        "recommendation_id": answer.recommendation_id,
        "model_version": answer.model_version,
        "variant": answer.variant,
        "items": [
            {"item_id": one.item_id, "rank": one.rank, "score": one.score} | ({} if one.why is None else _why(one.why))
            for one in answer.items
        ],
        "fallback": answer.fallback,
        "short": answer.short,
        "next_page": answer.next_page,
        "unknown_items": list(answer.unknown_items),
        **({} if answer.origin is None else {"origin": asdict(answer.origin)}),
    }


def _why(why):
    return {"why": {**asdict(why), "because_of": [asdict(one) for one in why.because_of]}}


def test_lists_are_those_of_the_service(shop, served):
    service = served.service
    boost = [{"filter": {"column": "genres", "contains": "space"}, "by": 0.5}]
    more = {"k": 4, "filter": FILTER, "exclude": ["i3"], "boost": boost, "diversity": 0.3, "explain": True}
    same(shop.recommend("u3", **more), service.recommend(RecommendQuestion(user_id="u3", **more)))
    posted = {"history": ["i2", "nowhere"], "scenario": "for_you"}
    same(shop.recommend(**posted), service.recommend(RecommendQuestion(**posted)))
    same(shop.recommend(), service.recommend(RecommendQuestion()))
    same(shop.similar(["i2", "i5"], k=3), service.similar(SimilarQuestion(items=["i2", "i5"], k=3)))
    words = {"text": "robot", "user_id": "u0", "personal": 0.7}
    same(shop.search(**words), service.search(SearchQuestion(**words)))
    given = {"items": ["i1", "i2", "nowhere"], "user_id": "u0", "explain": True}
    same(shop.rank(**given), service.rank(RankQuestion(**given)))


def test_pages_go_on_to_the_end_of_the_catalogue(shop):
    pages = list(shop.recommend_pages("u3", k=7, filter=FILTER))
    listed = [one for page in pages for one in page.item_ids]
    whole = shop.recommend("u3", k=100, filter=FILTER).item_ids
    assert sorted(listed) == sorted(whole) and len(set(listed)) == len(listed) > 7
    assert [len(page.items) for page in pages[:-1]] == [7] * (len(pages) - 1)


def test_events_are_split_and_kept_once(shop, served):
    event = Event("ann", "i3", "purchase", datetime(2024, 1, 1, tzinfo=UTC), 4.5, "r1")
    events = [
        event,
        *(Event("bob", f"i{n % 24}", "view", 1_700_000_000.0 + n) for n in range(119)),
        Event("c", "x", "y"),
    ]
    taken = shop.send_events(iter(events), batch=50)
    assert (taken.new, taken.known, taken.unknown_items) == (121, 0, ("x",))
    again = shop.send_events(events, batch=50)
    assert (again.new, again.known) == (0, 121)
    (kept,) = served.store.events_of("ann")
    assert {**vars(event), "at": 1_704_067_200.0} == vars(kept)
    assert shop.send_events([]).new == 0


def test_a_batch_of_the_servers_limit_is_refused_by_name(shop):
    with pytest.raises(ApiError, match="events: are 51; at most 50") as caught:
        shop.send_events([Event("ann", "i1", "view") for _ in range(51)])
    assert (caught.value.status, caught.value.field) == (422, "events")


@pytest.mark.parametrize("item_id", ["new", "a/b c", "..", ".", "ü?#%2F", "日本"])
def test_items_of_any_id_are_put_changed_read_and_deleted(shop, item_id):
    assert shop.put_items([{"item_id": item_id, "text": "a robot", "year": 2001}]).kept == 1
    shop.patch_item(item_id, {"year": 2002})
    found = shop.item(item_id)
    assert (found["item_id"], found["text"], found["year"]) == (item_id, "a robot", 2002)
    shop.delete_item(item_id)
    with pytest.raises(ApiError) as caught:
        shop.item(item_id)
    assert caught.value.status == 404 and caught.value.mend == "PUT /v1/items makes items."
    with pytest.raises(ApiError, match="item_id: no item has it"):
        shop.delete_item(item_id)


def test_items_are_deleted_together_and_those_that_were_not_there_are_told(shop):
    ids = ["..", "nowhere", "n1", "n2"]
    shop.put_items([{"item_id": id, "text": "a robot"} for id in ids if id != "nowhere"])
    assert shop.delete_items(iter(ids), batch=3) == ("nowhere",)
    assert shop.delete_items(ids) == tuple(ids)


def test_more_items_than_a_batch_are_split(shop):
    rows = ({"item_id": f"n{n}", "text": "space"} for n in range(45))
    assert shop.put_items(rows, batch=20).kept == 45
    assert shop.item("n44")["text"] == "space"


def test_users_are_put_changed_exported_and_erased(shop):
    shop.put_users([{"user_id": f"v{n}"} for n in range(25)], batch=20)
    shop.patch_user("v1", {})
    shop.send_events([Event("v1", "i3", "view", 1_700_000_000.0)])
    found = shop.export_user("v1")
    assert found.columns == {} and found.history == ("i3",) and found.events[0].type == "view"
    assert shop.erase_user("v1") == 2
    with pytest.raises(ApiError, match="nothing is kept of this user"):
        shop.export_user("v1")


def test_models_are_activated_and_rolled_back(shop):
    assert shop.models().active == "tiny-1"
    assert shop.activate("v1").before == "tiny-1"
    shop.activate("v2")
    assert shop.roll_back().active == "v1" == shop.recommend("u1").model_version
    told = shop.models()
    assert [one.version for one in told.activations] == ["v1", "v2", "v1"]
    assert {one.version: one.is_loadable for one in told.versions} == {"v1": True, "v2": True}


def test_keys_are_made_listed_and_revoked(shop, served):
    made = shop.add_key("front", ["public"], expires_at=datetime(2100, 1, 1, tzinfo=UTC), rate_per_minute=60)
    assert made.expires_at == 4_102_444_800.0 and made.rate_per_minute == 60 and made.key not in repr(made)
    with Client(served.url, made.key) as front:
        assert front.recommend("u1").items
        with pytest.raises(ApiError) as caught:
            front.models()
        assert (caught.value.status, caught.value.field) == (403, "authorization")
    assert {one.key_id for one in shop.list_keys()} > {made.key_id}
    shop.revoke_key(made.key_id)
    assert [one.revoked_at is None for one in shop.list_keys() if one.key_id == made.key_id] == [False]


def test_health_metrics_and_the_document(shop, served):
    assert shop.is_live() and shop.is_ready()
    assert "genre_" in shop.metrics()
    assert set(shop.document()["paths"]) == {re.sub(r":any", "", door.path) for door in DOORS}
    with Client(served.url, "") as stranger:
        assert stranger.is_ready()
        with pytest.raises(ApiError) as caught:
            stranger.recommend("u1")
        assert caught.value.status == 401


def test_the_fields_are_those_of_the_document(served):
    schemas = served.app.openapi()["components"]["schemas"]

    def properties(name):
        return set(schemas[name]["properties"])

    assert properties("RecommendQuestion") == {"user_id"} | set(RecommendMore.__annotations__)
    assert properties("SimilarQuestion") == {"items"} | set(Limits.__annotations__)
    assert properties("SearchQuestion") == {"text"} | set(SearchMore.__annotations__)
    assert properties("RankQuestion") == {"items"} | set(RankMore.__annotations__)
    assert properties("KeyBody") == {"name", "scopes"} | set(KeyMore.__annotations__)
    assert properties("PostedEvent") == set(Event.__dataclass_fields__)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (results.Answer, "ListShape"),
        (results.Origin, "OriginShape"),
        (results.Listed, "ListedShape"),
        (results.Why, "WhyShape"),
        (results.Likeness, "LikenessShape"),
        (results.Taken, "TakenShape"),
        (results.Kept, "KeptShape"),
        (results.Gone, "GoneShape"),
        (results.User, "UserShape"),
        (results.KeptEvent, "KeptEventShape"),
        (results.Erased, "ErasedShape"),
        (results.Models, "ModelsShape"),
        (results.Version, "VersionShape"),
        (results.Activation, "ActivationShape"),
        (results.Active, "ActiveShape"),
        (results.Key, "KeyShape"),
        (results.NewKey, "NewKeyShape"),
        (results.Keys, "KeysShape"),
    ],
)
def test_results_hold_what_the_shapes_of_the_api_hold(kind, shape):
    """`away` alone comes in a header."""
    assert {one.name for one in fields(kind)} - {"away"} == set(getattr(shapes, shape).model_fields)


def test_every_route_has_a_call():
    """GET /v1/recommend/{user_id} is left to addresses in browsers: `recommend` says the same and more."""
    client, asked = Client("http://host", "gk_1_2"), set()

    class Wire:
        def ask(self, method, path, *_):
            asked.add(f"{method} {path}")
            raise ApiError(Fault("", "not now"))

        def read(self, kind, method, path, *_):
            self.ask(method, path)

    client.close()
    client._wire = Wire()
    given = {"send_events": [[Event("u", "i", "view")]], "put_items": [[{}]], "put_users": [[{}]]}
    given |= {"delete_items": [["i"]], "similar": [["i"]], "rank": [["i"]], "search": ["robot"], "add_key": ["x", []]}
    given |= {"patch_item": ["{item_id}", {}], "patch_user": ["{user_id}", {}]}
    ids = {"item": "{item_id}", "delete_item": "{item_id}", "export_user": "{user_id}", "erase_user": "{user_id}"}
    ids |= {"activate": "{version}", "revoke_key": "{key_id}"}
    for name in (one for one in dir(Client) if not one.startswith("_") and one not in ("close", "recommend_pages")):
        with suppress(ApiError):
            getattr(client, name)(*given.get(name, [ids[name]] if name in ids else []))
    assert {unquote(one) for one in asked} == {door.name for door in DOORS} - {"GET /v1/recommend/{user_id}"}


def test_a_refusal_names_the_field_and_the_mend(shop):
    with pytest.raises(ApiError) as caught:
        shop.recommend("u1", kk=3)
    error = caught.value
    assert (error.status, error.field, error.message, error.mend) == (
        422,
        "kk",
        "is not a field.",
        "Did you mean 'k'?",
    )
    assert re.fullmatch("[0-9a-f]{16}", error.request_id) and str(error) == "kk: is not a field. Did you mean 'k'?"


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "ftp://host", "http://", "http://a:secret@host", "http://host?key=secret"]
)
def test_what_is_no_address_is_refused_without_repeating_secrets(url):
    with pytest.raises(RequestError, match="url: ") as caught:
        Client(url)
    assert "secret" not in str(caught.value)


def test_the_key_comes_from_the_environment(served, monkeypatch):
    monkeypatch.setenv("GENRE_KEY", served.key)
    with Client(served.url + "/") as client:
        assert client.recommend("u1").items
