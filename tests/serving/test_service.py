"""Answers follow events and items at once, in every process on the store."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from tests.serving.conftest import TINY_RECIPE
from tests.waiting import eventually

from genre.config.loading import load_recipe
from genre.core.errors import RecipeError, RequestError
from genre.pipeline import bundle
from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion
from genre.serving.records import Event
from genre.serving.service import Service
from genre.serving.settings import Scenario, ServiceSettings, Variant
from genre.serving.store.sql import SqlStore

NOW = 1_700_000_000.0


@pytest.fixture
def model(tiny_model):
    return tiny_model


@pytest.fixture
def store(tmp_path):
    opened = SqlStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def service(model, store):
    return Service(model, "tiny-1", store, clock=lambda: NOW)


def ask(service, user_id="u0", k=5, **more):
    return service.recommend(RecommendQuestion(user_id=user_id, k=k, **more))


def ids(answer):
    return [one.item_id for one in answer.items]


def event(item_id, user_id="u0", type="view", id=None, at=NOW):
    return Event(id or f"{user_id}-{item_id}-{type}", user_id, item_id, type, at)


def test_a_known_user_gets_the_list_of_the_model(service, model):
    answer = ask(service, "u3", k=6)
    expected = model.recommend(users=["u3"], k=6)
    assert ids(answer) == expected["item_id"].to_list()
    assert [one.score for one in answer.items] == pytest.approx(expected["score"].to_list(), rel=1e-5)
    assert (answer.model_version, answer.fallback, answer.short) == ("tiny-1", "none", None)
    assert [one.rank for one in answer.items] == [1, 2, 3, 4, 5, 6]


def test_an_event_changes_the_next_answer(service, model):
    before = ids(ask(service, k=5))
    taken = service.take_events([event(before[0])])
    assert (taken.n_new, taken.n_known, taken.unknown_items) == (1, 0, ())
    after = ids(ask(service, k=5))
    assert before[0] not in after
    history = [*service.user("u0")["history"]]
    assert history[-1] == before[0]
    posted = service.recommend(RecommendQuestion(history=history, k=5))
    assert ids(posted) == after


def test_an_event_that_comes_again_is_the_same_event(service):
    seen = ids(ask(service))[0]
    assert service.take_events([event(seen, id="e1"), event(seen, id="e1")]).n_new == 1
    assert service.take_events([event(seen, id="e1")]).n_known == 1
    assert len(service.user("u0")["events"]) == 1


def test_a_user_never_seen_is_served_from_events_alone(service):
    nobody = ask(service, "new")
    assert nobody.fallback == "popular" and len(nobody.items) == 5
    service.take_events([event("i2", "new"), event("i5", "new"), event("i8", "new")])
    answer = ask(service, "new")
    assert answer.fallback == "none" and not {"i2", "i5", "i8"} & set(ids(answer))
    assert ids(answer) == ids(service.recommend(RecommendQuestion(history=("i2", "i5", "i8"), k=5)))


def test_new_items_are_listed_found_and_ranked_at_once(service):
    service.put_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2030}])
    assert "new" in ids(service.search(SearchQuestion(text="robot ship", k=3)))
    assert "new" in ids(ask(service, k=30))
    assert "new" in ids(service.similar(SimilarQuestion(items=("i2",), k=30)))
    assert ids(ask(service, scenario="new", k=1)) == ["new"]
    assert service.item("new")["year"] == 2030


def test_events_with_items_that_come_later_count_when_they_come(service):
    assert service.take_events([event("late", "new")]).unknown_items == ("late",)
    assert ask(service, "new").fallback == "popular"
    service.put_items([{"item_id": "late", "text": "A robot and a ship", "genres": ["space"]}])
    answer = ask(service, "new")
    assert answer.fallback == "none" and "late" not in ids(answer)


def test_a_deleted_item_never_appears_again_until_it_is_put(service):
    first = ids(ask(service))[0]
    assert service.delete_items([first, "nowhere"]) == [True, False]
    assert service.delete_items([first]) == [False]
    for answer in (
        ask(service, k=30),
        ask(service, "new", k=30),
        service.similar(SimilarQuestion(items=(first,), k=30)),
        service.search(SearchQuestion(text="star robot planet ship wedding joke", k=30)),
        service.rank(RankQuestion(user_id="u0", items=(first, "i1"))),
    ):
        assert first not in ids(answer) and answer.items
    assert service.item(first) is None
    service.put_items([{"item_id": first, "text": "A robot", "genres": ["space"]}])
    assert first in ids(ask(service, k=30))


def test_filters_boosts_and_exclusions(service, model):
    space = {"column": "genres", "contains": "space"}
    only = ids(ask(service, k=5, filter=space))
    genres = dict(model.catalog.items.select("item_id", "genres").iter_rows())
    assert only and all("space" in genres[id] for id in only)
    neither = {"all": [{"not": space}, {"column": "year", "at_least": 1990}]}
    assert all("space" not in genres[id] and int(id[1:]) >= 10 for id in ids(ask(service, k=5, filter=neither)))
    lifted = ids(ask(service, k=5, boost=[{"filter": space, "by": 10}]))
    assert all("space" in genres[id] for id in lifted)
    first = ids(ask(service))
    assert not set(first[:2]) & set(ids(ask(service, exclude=first[:2], k=30)))


def test_lists_are_as_long_as_asked_or_say_why(service):
    answer = ask(service, k=24)
    assert len(answer.items) == 24 and answer.fallback == "seen" and answer.short is None
    seen = set(service.user("u0")["history"])
    assert set(ids(answer)[-len(seen) :]) == seen
    few = ask(service, k=10, filter={"column": "item_id", "one_of": ["i1", "i4"]})
    assert set(ids(few)) == {"i1", "i4"} and "leave 2 of 24 items" in few.short


def test_pages_go_on_without_repeating(service):
    whole, page, shown = ids(ask(service, k=12)), None, []
    for _ in range(3):
        answer = ask(service, k=4, page=page)
        assert [one.rank for one in answer.items] == list(range(len(shown) + 1, len(shown) + 5))
        shown, page = shown + ids(answer), answer.next_page
    assert shown == whole
    for broken in ("x", page[:-4], page + "AAAA"):
        with pytest.raises(RequestError, match="page: was cut or altered"):
            ask(service, page=broken)


def test_why_an_item_is_listed(service):
    answer = ask(service, k=3, explain=True, boost=[{"filter": {"column": "year", "at_least": 0}, "by": 1.5}])
    history = set(service.user("u0")["history"])
    for one in answer.items:
        assert one.why.source == "model" and one.why.boost == 1.5
        assert {near.item_id for near in one.why.because_of} <= history
        assert set(one.why.modalities) == {"text", "genres"}
        assert all(value is None or -1.001 <= value <= 1.001 for value in one.why.modalities.values())


def test_what_each_feature_adds_to_the_likeness(service, model):
    """Against vectors that are joined here by hand."""
    both = [
        one.embeddings.vectors / np.maximum(np.linalg.norm(one.embeddings.vectors, axis=1, keepdims=True), 1e-12)
        for one in model.features
    ]
    joined = np.hstack(both)
    joined /= np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-12)
    rows = model.catalog.item_vocabulary.rows(service.user("u0")["history"])
    taste = joined[rows].mean(axis=0)
    taste /= np.linalg.norm(taste)
    width = both[0].shape[1]
    for one in ask(service, k=3, explain=True).items:
        vector = joined[model.catalog.item_vocabulary.rows([one.item_id])[0]]
        assert one.why.likeness == pytest.approx(vector @ taste, abs=1e-5)
        assert one.why.contributions["text"] == pytest.approx(vector[:width] @ taste[:width], abs=1e-5)
        assert sum(one.why.contributions.values()) == pytest.approx(one.why.likeness)


def test_where_a_list_comes_from(service):
    assert ask(service).origin is None
    history = set(service.user("u0")["history"])
    assert not history & {"i22", "i23"}
    service.delete_items(["i22"])
    service.take_events([event("i23", type="dislike")])
    left = {f"i{row}" for row in range(10, 22)}
    excluded = sorted(left - history)[0]
    asked = {"filter": {"column": "year", "at_least": 1990}, "exclude": ["i22", "i1", excluded], "k": 2}
    first = ask(service, explain=True, **asked)
    expected = {"deleted": 1, "recipe": 0, "filter": 10, "scenario": 0, "exclude": 1, "pages before": 0, "disliked": 1}
    assert first.origin.n_items == 24 and first.origin.removed == expected
    left -= {excluded}
    assert first.origin.candidates == {"model": len(left - history), "popular": 0, "seen": len(left & history)}
    second = ask(service, explain=True, page=first.next_page, **asked)
    assert second.origin.removed == {**expected, "pages before": 2}
    stranger = ask(service, "nobody", explain=True, **asked)
    assert stranger.origin.candidates == {"model": 0, "popular": len(left) + 1, "seen": 0}


def test_the_stock_is_looked_through(service):
    stock = service.stock()
    assert stock.n_listed == 24 and stock.shelf.ids[stock.find("i2", order="id")[0]] == "i2"
    robots = [row["item_id"] for row in stock.rows(stock.find("ROBOT", order="id"))]
    texts = dict(stock.items.select("item_id", "text").iter_rows())
    assert robots == [id for id, text in texts.items() if text and "robot" in text]
    counts = np.bincount(service._live.state.shelf.model.histories.item_rows, minlength=24)
    first = stock.find()[0]
    assert counts[first] == counts.max() and stock.place(int(first)) == 1
    service.delete_items(["i1"])
    service.put_items([{"item_id": "new", "text": "A robot", "genres": ["space"]}])
    after = service.stock()
    assert after.row("i1") is None and stock.row("i1") == 1 and after.row("nowhere") is None
    assert after.shelf.ids[after.find(order="new")[0]] == "new"


def test_given_items_come_back_in_the_order_that_suits(service):
    whole = ids(ask(service, k=24))[:10]
    answer = service.rank(RankQuestion(user_id="u0", items=(*reversed(whole), "nowhere")))
    assert ids(answer) == whole and answer.unknown_items == ("nowhere",)


def test_words_and_taste_together(service):
    plain = ids(service.search(SearchQuestion(text="robot", k=24)))
    mine = service.search(SearchQuestion(text="robot", user_id="u0", personal=1.0, k=24))
    assert set(plain) == set(ids(mine)) and plain != ids(mine)
    assert ids(service.search(SearchQuestion(text="robot", user_id="u0", personal=0.0, k=24))) == plain


def test_disliked_items_stay_away_and_impressions_say_nothing(service):
    first = ids(ask(service, k=3))
    service.take_events([event(first[0], type="dislike"), event(first[1], type="impression")])
    after = ids(ask(service, k=24))
    assert first[0] not in after and after[0] == first[1]


def test_popularity_follows_the_stream(service):
    quiet = ids(ask(service, "nobody", k=24))[-1]
    service.take_events([event(quiet, f"fan{place}") for place in range(300)])
    assert ids(ask(service, "nobody", k=1)) == [quiet]
    assert ids(ask(service, scenario="popular", k=1, user_id="nobody")) == [quiet]


def test_scenarios_of_the_settings(model, store):
    space = {"column": "genres", "contains": "space"}
    settings = ServiceSettings(scenarios={"rockets": Scenario.model_validate({"base": "popular", "filter": space})})
    service = Service(model, "tiny-1", store, settings)
    listed = ids(ask(service, scenario="rockets"))
    assert all("space" in service.item(id)["genres"] for id in listed)
    with pytest.raises(RequestError, match=r"scenario: there is no scenario 'rocket'. Did you mean 'rockets'\?"):
        ask(service, scenario="rocket")


def test_two_processes_on_one_store_agree(model, store, tmp_path):
    other_store = SqlStore.open(tmp_path / "state.db")
    one, other = Service(model, "tiny-1", store), Service(model, "tiny-1", other_store)
    seen = ids(ask(one))[0]
    one.take_events([event(seen)])
    one.put_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"]}])
    one.delete_items(["i1"])
    assert not {seen, "i1"} & set(ids(ask(other, k=20)))
    eventually(lambda: "new" in ids(ask(other, k=30)))  # placed aside, so that nobody waits for it
    assert ids(ask(other, k=30)) == ids(ask(one, k=30))
    other_store.close()


def test_a_restart_loses_nothing(service, model, tmp_path):
    service.take_events([event("i2", "new")])
    service.put_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"]}])
    service.delete_items(["i4"])
    reopened = SqlStore.open(tmp_path / "state.db")
    again = Service(model, "tiny-1", reopened, clock=lambda: NOW)
    for user in ("u0", "new"):
        assert ids(ask(again, user, k=30)) == ids(ask(service, user, k=30))
    reopened.close()


def test_another_model_goes_on_where_the_first_stopped(service, model):
    service.put_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"]}])
    seen = ids(ask(service))[0]
    service.take_events([event(seen)])
    before = ids(ask(service, k=30))
    service.activate(model, "tiny-2")
    answer = ask(service, k=30)
    assert answer.model_version == service.version == "tiny-2" and ids(answer) == before


def test_a_model_that_was_replaced_is_gone_without_the_collector(store, tmp_path, tiny_model):
    """The server keeps the collector away from what was there at the start."""
    tiny_model.save(tmp_path / "bundle")
    service = Service(bundle.load(tmp_path / "bundle"), "first", store)
    ask(service, user_id="u0", k=5)
    first = weakref.ref(service.stock().shelf.model)
    gc.disable()
    try:
        service.activate(tiny_model, "second")
        ask(service, user_id="u0", k=5)
        assert first() is None
    finally:
        gc.enable()


def test_erased_users_leave_nothing_behind(service, model, store, tmp_path):
    service.take_events([event("i2"), event("i5", "other")])
    service.put_users([{"user_id": "u0", "age": 33}])
    assert service.user("u0")["columns"] == {"age": 33} and service.user("u0")["history"]
    assert service.erase("u0") == 2
    assert service.user("u0") == {"user_id": "u0", "columns": None, "history": [], "events": []}
    assert ask(service).fallback == "popular"
    assert service.user("other")["events"]
    again = Service(model, "tiny-1", store)
    assert ask(again).fallback == "popular"
    service.take_events([event("i8")])
    assert service.user("u0")["history"] == ["i8"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"text": "x"}], "items.0: has no item_id"),
        ([{"item_id": "a"}, {"item_id": "a"}], "'a' is there twice"),
        ([{"item_id": "a", "colour": "red"}], "no column 'colour'"),
        ([{"item_id": "a"}, {"item_id": "b", "year": "soon"}], "items.1.year: 'soon' is not of the column's type"),
    ],
)
def test_items_that_do_not_fit_are_refused_and_nothing_is_kept(service, store, rows, told):
    with pytest.raises(RequestError, match=told.replace("(", r"\(")):
        service.put_items(rows)
    assert list(store.all("items")) == [] and service.item("a") is None


def test_questions_that_do_not_fit(service):
    with pytest.raises(RecipeError, match="no column 'genre'"):
        ask(service, filter={"column": "genre", "contains": "space"})
    with pytest.raises(RequestError, match="there is no item 'nowhere'"):
        service.similar(SimilarQuestion(items=("nowhere",)))
    deep = {"column": "year", "at_least": 1}
    for _ in range(40):
        deep = {"not": deep}
    with pytest.raises(ValueError, match="at most 8 levels"):
        RecommendQuestion(filter=deep)
    with pytest.raises(ValueError, match="not both"):
        RecommendQuestion(user_id="u0", history=("i1",))


def test_scores_kept_in_memory_are_those_of_a_fresh_question(service, model):
    again = [ids(ask(service, "u7", k=24)) for _ in range(3)]
    service.take_events([event("i3", "u8")])
    again.append(ids(ask(service, "u7", k=24)))
    assert all(one == again[0] for one in again)
    assert np.isfinite([one.score for one in ask(service, "u7").items]).all()


def test_a_user_stays_in_one_arm_and_arms_get_their_shares(model, store):
    space = {"column": "genres", "contains": "space"}
    arms = {
        "calm": Variant(share=0.3, base="popular"),
        "rockets": Variant.model_validate({"share": 0.2, "filter": space}),
    }
    service = Service(model, "tiny-1", store, ServiceSettings(variants=arms))
    first = {f"someone{n}": ask(service, f"someone{n}", k=1).variant for n in range(2000)}
    shares = {name: sum(one == name for one in first.values()) / len(first) for name in ("calm", "rockets", "default")}
    assert shares == pytest.approx({"calm": 0.3, "rockets": 0.2, "default": 0.5}, abs=0.04)
    again = Service(model, "tiny-1", store, ServiceSettings(variants=arms))
    assert all(ask(again, user, k=1).variant == first[user] for user in list(first)[:50])
    by_arm = {arm: next(user for user in first if first[user] == arm) for arm in shares}
    popular = ids(ask(service, scenario="popular", user_id=by_arm["default"]))
    assert ids(ask(service, by_arm["calm"])) == popular
    assert all("space" in service.item(id)["genres"] for id in ids(ask(service, by_arm["rockets"])))
    assert ask(service, by_arm["calm"], scenario="popular").variant == "default"
    assert service.recommend(RecommendQuestion(history=("i1",), k=1)).variant == "default"


@pytest.mark.parametrize(
    ("shares", "told"), [({"a": 0.7, "b": 0.4}, "more than 1"), ({"default": 0.5}, "call the variant otherwise")]
)
def test_arms_that_cannot_be(shares, told):
    with pytest.raises(ValueError, match=told):
        ServiceSettings(variants={name: Variant(share=share) for name, share in shares.items()})


def test_events_before_their_item_make_it_popular_when_it_comes(service):
    service.take_events([event("late", f"fan{place}") for place in range(300)])
    service.put_items([{"item_id": "late", "text": "A robot"}])
    assert ids(ask(service, scenario="popular", user_id="nobody", k=1)) == ["late"]


def test_a_filter_of_the_recipe_holds_for_what_fills_lists_up_too(model, store):
    space = {"type": "filter", "column": "genres", "contains": "space"}
    recipe = model.recipe.model_copy(update={"ranking": load_recipe({**TINY_RECIPE, "ranking": [space]}).ranking})
    service = Service(replace(model, recipe=recipe), "tiny-1", store)
    offered = {id for id, genres in model.catalog.items.select("item_id", "genres").iter_rows() if "space" in genres}
    for answer in (ask(service, k=24), ask(service, "nobody", k=24), ask(service, scenario="popular", k=24)):
        assert set(ids(answer)) == offered and f"leave {len(offered)} of 24 items" in answer.short
    assert ask(service, k=3, explain=True).origin.removed["recipe"] == 24 - len(offered)
    service.put_items([{"item_id": "new", "text": "A robot", "genres": ["space"]}])
    assert set(ids(ask(service, k=24))) == {*offered, "new"}
