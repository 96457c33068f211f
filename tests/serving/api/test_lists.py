"""Lists over HTTP are the lists of the service."""

import pytest

from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion


def same(told, answer):
    return {**told, "recommendation_id": ""} == {**answer.to_dict(), "recommendation_id": ""}


@pytest.mark.parametrize(
    ("verb", "kind", "body"),
    [
        ("recommend", RecommendQuestion, {"user_id": "u3", "k": 4, "explain": True}),
        ("recommend", RecommendQuestion, {"history": ["i2", "nowhere"], "diversity": 0.5}),
        ("recommend", RecommendQuestion, {"filter": {"not": {"column": "genres", "contains": "space"}}, "k": 30}),
        ("similar", SimilarQuestion, {"items": ["i2", "i5"], "exclude": ["i8"]}),
        ("search", SearchQuestion, {"text": "robot", "user_id": "u0", "personal": 0.7}),
        ("rank", RankQuestion, {"user_id": "u0", "items": ["i1", "i2", "nowhere"]}),
    ],
)
def test_lists_are_those_of_the_service(api, admin, verb, kind, body):
    expected = getattr(api.tenant.service, verb)(kind.model_validate(body))
    assert same(admin("POST", f"/v1/{verb}", body), expected)


def test_a_user_in_the_path(api, admin):
    expected = api.tenant.service.recommend(RecommendQuestion(user_id="u3", k=3, explain=True))
    first = admin("GET", "/v1/recommend/u3?k=3&explain=true")
    assert same(first, expected)
    second = admin("GET", "/v1/recommend/u3", params={"k": 3, "page": first["next_page"]})
    assert [one["rank"] for one in second["items"]] == [4, 5, 6]
    stranger = admin("GET", "/v1/recommend/a%2Fb%20c?k=2")
    assert stranger["fallback"] == "popular" and len(stranger["items"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "faults"),
    [
        ("recommend", {"user_id": "u0", "kk": 3}, [("kk", "is not a field.", "Did you mean 'k'?")]),
        ("recommend", {"filter": {"all": [{"contains": 1}]}}, [("filter.all.0.column", "is missing.", "Give it.")]),
        (
            "recommend",
            {"filter": {"any": []}, "exclude": "i1"},
            [("filter.any", "holds fewer than 1.", "Give more."), ("exclude", "should be a list.", "")],
        ),
        (
            "recommend",
            {"boost": [{"by": 99, "filter": {"column": "year", "at_least": 1}}, 3]},
            [("boost.0.by", "should be less than or equal to 10.", ""), ("boost.1", "should be an object.", "")],
        ),
        (
            "recommend",
            {"k": "5", "explain": 1},
            [("k", "should be a number.", ""), ("explain", "should be a valid boolean.", "")],
        ),
        ("recommend", {"user_id": "a\0b"}, [("user_id", "holds letters that are not taken.", "")]),
        ("recommend", {"scenario": "pop"}, [("scenario", "there is no scenario 'pop'.", "Did you mean 'popular'?")]),
        ("recommend", [], [("body", "should be an object.", "")]),
        ("similar", {"items": []}, [("items", "holds fewer than 1.", "Give more.")]),
        ("search", {}, [("text", "is missing.", "Give it.")]),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(admin, path, body, faults):
    problem = admin("POST", f"/v1/{path}", body, 422)
    found = [(one["where"], one["what"], one["mend"]) for one in problem["faults"]]
    assert found == faults


def test_columns_that_no_item_has_are_named(admin):
    problem = admin("POST", "/v1/recommend", {"filter": {"column": "genre", "contains": "space"}}, 422)
    assert "no column 'genre'" in problem["detail"] and "'genres'" in problem["detail"]


def test_queries_that_do_not_fit(admin):
    problem = admin("GET", "/v1/recommend/u0?k=many&colour=red", status=422)
    assert [one["where"] for one in problem["faults"]] == ["k", "colour"]
