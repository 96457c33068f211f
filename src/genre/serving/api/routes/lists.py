"""Lists: what suits somebody, what is like some items, what words are about, and given items in order."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Query

from genre.serving.answers import Answer
from genre.serving.api import examples
from genre.serving.api.bodies import RecommendQuery
from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door, UserId
from genre.serving.api.shapes import ListShape
from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion

AWAY = "genre-away"
"""Header of answers that were made without something, such as the store."""


def _listed(call: Call, kind: str, answer: Answer) -> Json:
    call.desk.metrics.listed(call.tenant.name, kind, answer)
    call.trace.version, call.trace.fallback = answer.model_version, answer.fallback
    return Json(answer.to_dict(), headers={AWAY: ", ".join(answer.away)} if answer.away else None)


async def recommend(
    call: Call, question: Annotated[RecommendQuestion, Body(openapi_examples=examples.RECOMMEND)]
) -> Json:
    """For a user, for somebody with a history or a profile, or for nobody in particular."""
    call.about(question.user_id)
    return _listed(call, "recommend", call.service.recommend(question))


async def recommend_user(call: Call, user_id: UserId, query: Annotated[RecommendQuery, Query()]) -> Json:
    """As POST /v1/recommend, where a user and a few words are enough."""
    call.about(user_id)
    question = RecommendQuestion(user_id=user_id, **query.model_dump())
    return _listed(call, "recommend", call.service.recommend(question))


async def similar(call: Call, question: Annotated[SimilarQuestion, Body(openapi_examples=examples.SIMILAR)]) -> Json:
    """Items like some items."""
    return _listed(call, "similar", call.service.similar(question))


async def search(call: Call, question: Annotated[SearchQuestion, Body(openapi_examples=examples.SEARCH)]) -> Json:
    """Items that free text is about; where a user or a history is given, what suits them comes first."""
    call.about(question.user_id)
    return _listed(call, "search", call.service.search(question))


async def rank(call: Call, question: Annotated[RankQuestion, Body(openapi_examples=examples.RANK)]) -> Json:
    """Given items, best first for somebody."""
    call.about(question.user_id)
    return _listed(call, "rank", call.service.rank(question))


DOORS = (
    Door("POST /v1/recommend", "Recommend items", recommend, ListShape, examples.LIST),
    Door("GET /v1/recommend/{user_id}", "Recommend items to a user", recommend_user, ListShape, examples.LIST),
    Door("POST /v1/similar", "Find similar items", similar, ListShape, examples.LIST),
    Door("POST /v1/search", "Search items by text", search, ListShape, examples.LIST),
    Door("POST /v1/rank", "Rank given items", rank, ListShape, examples.LIST),
)
