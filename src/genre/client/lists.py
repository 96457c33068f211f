"""Lists: what suits somebody, what is like some items, what words are about, and given items in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Unpack

from genre.client._noun import Noun
from genre.client.questions import Limits, RankMore, RecommendMore, SearchMore
from genre.client.results import Answer

AWAY = "genre-away"
"""Header of answers that were made without something, such as the store."""


class Lists(Noun):
    """Questions."""

    def recommend(self, user_id: str | None = None, **more: Unpack[RecommendMore]) -> Answer:
        """A list for a user, for somebody with a history or a profile, or for nobody in particular.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._list("/v1/recommend", {**_who(user_id), **more})

    def recommend_pages(self, user_id: str | None = None, **more: Unpack[RecommendMore]) -> Iterator[Answer]:
        """As `recommend`, one list after the other until there is nothing left to list.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        asked: dict[str, Any] = {**_who(user_id), **more}
        while True:
            answer = self._list("/v1/recommend", asked)
            yield answer
            if answer.next_page is None:
                return
            asked = {**asked, "page": answer.next_page}

    def similar(self, items: Sequence[str], **more: Unpack[Limits]) -> Answer:
        """Items like some items.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._list("/v1/similar", {"items": list(items), **more})

    def search(self, text: str, **more: Unpack[SearchMore]) -> Answer:
        """Items that free text is about; where a user or a history is given, what suits them comes first.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._list("/v1/search", {"text": text, **more})

    def rank(self, items: Sequence[str], **more: Unpack[RankMore]) -> Answer:
        """Given items, best first for somebody.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._list("/v1/rank", {"items": list(items), **more})

    def _list(self, path: str, body: dict[str, Any]) -> Answer:
        response = self._wire.ask("POST", path, body)
        answer, away = self._wire.understood(Answer, response), response.headers.get(AWAY)
        return answer if away is None else replace(answer, away=tuple(away.split(", ")))


def _who(user_id: str | None) -> dict[str, str]:
    return {} if user_id is None else {"user_id": user_id}
