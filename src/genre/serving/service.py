"""Answers and what changes them, without HTTP: used by the API, by streams and by tests alike."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import Fault, RequestError, near
from genre.pipeline.model import Model
from genre.pipeline.posted import posted_table, user_schema
from genre.serving._lists import Places, Wish, own_rankers, places
from genre.serving._pages import Page, read_page
from genre.serving._people import Person
from genre.serving._shelf import Shelf
from genre.serving._why import Reasons
from genre.serving.answers import Answer, Listed
from genre.serving.live import Live, State
from genre.serving.questions import (
    Asker,
    Boost,
    Limits,
    RankQuestion,
    RecommendQuestion,
    SearchQuestion,
    SimilarQuestion,
)
from genre.serving.records import Event, Record, Side
from genre.serving.settings import Scenario, ServiceSettings
from genre.serving.store.base import Store
from genre.values import columns

FOR_YOU, POPULAR, NEW = "for_you", "popular", "new"
VARIANT = "default"


@dataclass(frozen=True)
class Taken:
    """What became of posted events.

    Attributes:
        n_new: kept now.
        n_known: of the others, the id was known already.
        unknown_items: ids that no item has yet; their events count as soon as it comes.
    """

    n_new: int
    n_known: int
    unknown_items: tuple[str, ...]


class Service:
    """One tenant's model, items and users as they are now; safe to use from several threads.

    What is acknowledged is on disk in the store and in the next answer. Other processes on the same store are
    followed before every answer.

    Args:
        version: of the model.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        model: Model,
        version: str,
        store: Store,
        settings: ServiceSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self._store = settings or ServiceSettings(), store
        self._live = Live(model, version, store, self.settings, clock)

    def recommend(self, question: RecommendQuestion) -> Answer:
        """A list for a user, for somebody with a history, or for nobody.

        Raises:
            RequestError: an unknown scenario, a page of another question, conditions or a profile that do not fit.
        """
        state = self._live.now()
        scenario = self._scenario(question.scenario)
        person = self._person(state, question)
        page = read_page(question.page)
        wish = self._wish(state, question, scenario, person, page)
        scores = self._base_scores(state, scenario.base, question, person)
        steps = own_rankers(state.shelf.model, _first(question.diversity, scenario.diversity))
        found = places(scores, wish, state.counters.popularity(), state.shelf, steps)
        reasons = Reasons(state.shelf, person.rows, wish.lifts) if question.explain else None
        fallback = "popular" if scores is None and scenario.base == FOR_YOU else _fallback(found)
        unknown = _unknown(state.shelf, question.history or ())
        return self._answer(state, found, question.k, wish, fallback, reasons, page, unknown)

    def similar(self, question: SimilarQuestion) -> Answer:
        """Items like some items.

        Raises:
            RequestError: none of the items is known, or the model holds no item vectors.
        """
        state = self._live.now()
        units = state.shelf.units
        if units is None:
            raise RequestError(Fault("similar", "the model holds no item vectors.", "Add a feature and fit again."))
        rows = state.shelf.rows(question.items)
        known = rows[rows >= 0]
        if not len(known):
            raise RequestError(
                Fault("items", f"there is no item '{question.items[0]}'.", "Name items of the catalogue.")
            )
        scores = units.vectors @ units.vectors[known].mean(axis=0)
        wish = self._limited(state, question, known)
        found = places(scores.astype(np.float32), wish, state.counters.popularity(), state.shelf, ())
        return self._answer(
            state, found, question.k, wish, _fallback(found), None, Page(), _unknown(state.shelf, question.items)
        )

    def search(self, question: SearchQuestion) -> Answer:
        """Items that a text is about, those that suit the user first where one is given.

        Raises:
            RequestError: the model has no text feature, or knows no word of the text.
        """
        state = self._live.now()
        scores = state.shelf.model.text_scores([question.text])[0]
        if not question.is_nobody and question.personal:
            person = self._person(state, question)
            own = self._scores(state, question, person)
            if own is not None:
                scores = _blended(scores, own, question.personal)
        wish = self._limited(state, question, np.empty(0, dtype=np.int32))
        wish = Wish(wish.k, wish.allowed & np.isfinite(scores))
        found = places(scores, wish, state.counters.popularity(), state.shelf, ())
        return self._answer(state, found, question.k, wish, _fallback(found), None, Page(), ())

    def rank(self, question: RankQuestion) -> Answer:
        """Given items, best first for somebody; those that no item has come back in `unknown_items`."""
        state = self._live.now()
        person = self._person(state, question)
        rows = state.shelf.rows(question.items)
        allowed = np.zeros(state.shelf.n_items, dtype=np.bool_)
        allowed[rows[rows >= 0]] = True
        wish = Wish(int((allowed & state.shelf.listed).sum()), allowed & state.shelf.listed)
        scores = self._scores(state, question, person)
        found = places(scores, wish, state.counters.popularity(), state.shelf, ())
        reasons = Reasons(state.shelf, person.rows, None) if question.explain else None
        fallback = "popular" if scores is None else _fallback(found)
        unknown = _unknown(state.shelf, question.items)
        return self._answer(state, found, wish.k, wish, fallback, reasons, Page(), unknown)

    def take_events(self, events: Sequence[Event]) -> Taken:
        """Keep events; the next answer follows from them. Ids that came before are left as they were."""
        is_new = self._store.add_events(events)
        state = self._live.now()
        unknown = _unknown(state.shelf, [event.item_id for event in events])
        return Taken(sum(is_new), len(events) - sum(is_new), unknown)

    def put_items(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep items as they are now: new ones are listed from the next answer on.

        Raises:
            RequestError: an id is missing or twice, or a column or value does not fit the table of items.
        """
        self._put("items", columns.ITEM_ID, self._live.state.shelf.model.catalog.items.schema, rows)

    def put_users(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep what is known of users.

        Raises:
            RequestError: as `put_items`, of the table of users.
        """
        self._put("users", columns.USER_ID, user_schema(self._live.state.shelf.model.catalog), rows)

    def delete_items(self, ids: Sequence[str]) -> list[bool]:
        """Never list these items again; for each, whether there was one."""
        state = self._live.now()
        rows = state.shelf.rows(ids)
        there = [bool(row >= 0 and state.shelf.listed[row]) for row in rows]
        gone = [Record(id, None) for id, is_there in zip(ids, there, strict=True) if is_there]
        if gone:
            self._store.put("items", gone)
            self._live.now()
        return there

    def item(self, id: str) -> dict[str, Any] | None:
        """The columns of an item as it is now; None where there is none."""
        shelf = self._live.now().shelf
        row = int(shelf.rows([id])[0])
        return None if row < 0 or not shelf.listed[row] else shelf.model.catalog.items.row(row, named=True)

    def user(self, user_id: str) -> dict[str, Any]:
        """All that is kept of a user: columns, events, and the history that lists are made from (item ids)."""
        state = self._live.now()
        person = self._live.person(state, user_id)
        (record,) = self._store.get("users", [user_id])
        return {
            "user_id": user_id,
            "columns": None if record is None else record.columns,
            "history": [state.shelf.ids[row] for row in person.rows],
            "events": self._store.events_of(user_id),
        }

    def erase(self, user_id: str) -> int:
        """Remove a user for good: events, columns, and what the model keeps of the history; the rows that went."""
        gone = self._store.erase(user_id, self._live.pseudonyms.of_user(user_id))
        self._live.now()
        return gone

    def activate(self, model: Model, version: str) -> None:
        """Answer with another model from now on; items and users that came since are taken over before it counts."""
        self._live.replace(model, version)
        self._store.activate(version)

    def follow(self, model: Model, version: str) -> None:
        """Answer with another model that another process activated; as `activate`, without noting it again."""
        self._live.replace(model, version)

    def pseudonym(self, user_id: str) -> str:
        """What logs call a user."""
        return self._live.pseudonyms.of_user(user_id)

    @property
    def n_items(self) -> int:
        """That may be listed."""
        return int(self._live.state.shelf.listed.sum())

    @property
    def version(self) -> str:
        """Of the model that answers."""
        return self._live.state.shelf.version

    @property
    def faults(self) -> dict[str, str]:
        """Items that are kept and could not be taken in, with the reason, by id."""
        return dict(self._live.state.faults)

    def _put(self, side: Side, key: str, schema: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        table = posted_table(rows, schema, side, side)
        ids = table[key]
        if ids.null_count():
            place = ids.is_null().arg_true()[0]
            raise RequestError(Fault(f"{side}.{place}", f"has no {key}.", "Give one to every row."))
        if ids.n_unique() < len(ids):
            raise RequestError(
                Fault(side, f"'{ids.filter(ids.is_duplicated())[0]}' is there twice.", "Give each once.")
            )
        records = [
            Record(str(row[key]), {name: value for name, value in row.items() if name != key and value is not None})
            for row in table.to_dicts()
        ]
        self._store.put(side, records)
        self._live.now()

    def _scenario(self, name: str) -> Scenario:
        if name in (FOR_YOU, POPULAR, NEW):
            return Scenario(base=name)
        found = self.settings.scenarios.get(name)
        if found is None:
            known = [FOR_YOU, POPULAR, NEW, *self.settings.scenarios]
            raise RequestError(Fault("scenario", f"there is no scenario '{name}'.", near(name, known)))
        return found

    def _person(self, state: State, asker: Asker) -> Person:
        if asker.user_id is not None:
            return self._live.person(state, asker.user_id)
        rows = state.shelf.rows(asker.history or ())
        return Person(rows[rows >= 0], profile=asker.profile)

    def _scores(self, state: State, asker: Asker, person: Person) -> NDArray[np.float32] | None:
        """What the model says of all items, float32 [N]; None where it says nothing of this person."""
        if asker.user_id is None:
            return _scored(state.shelf.model, person)
        known = state.scores.get(asker.user_id, person)
        if known is None:
            known = state.scores.keep(asker.user_id, person, _scored(state.shelf.model, person))
        return known.scores

    def _base_scores(
        self, state: State, base: str, question: RecommendQuestion, person: Person
    ) -> NDArray[np.float32] | None:
        if base == FOR_YOU:
            return self._scores(state, question, person)
        if base == POPULAR:
            return state.counters.popularity()
        return state.shelf.arrived.astype(np.float32)

    def _wish(self, state: State, question: RecommendQuestion, scenario: Scenario, person: Person, page: Page) -> Wish:
        shelf = state.shelf
        allowed = shelf.mask(question.filter)
        if scenario.filter is not None:
            allowed = allowed & shelf.mask(scenario.filter)
        out = _rows_of(shelf, (*question.exclude, *page.shown))
        if len(out) or len(person.hidden):
            allowed = allowed.copy()
            allowed[out] = allowed[person.hidden] = False
        hidden = None
        if len(person.rows) and any(ranker.hides_seen for ranker in shelf.model.rankers):
            hidden = np.zeros(shelf.n_items, dtype=np.bool_)
            hidden[person.rows] = True
        return Wish(question.k, allowed, hidden, _lifts(shelf, (*scenario.boost, *question.boost)))

    def _limited(self, state: State, question: Limits, without: NDArray[np.int32]) -> Wish:
        allowed = state.shelf.mask(question.filter).copy()
        allowed[_rows_of(state.shelf, question.exclude)] = False
        allowed[without] = False
        return Wish(question.k, allowed)

    def _answer(
        self,
        state: State,
        found: Places,
        k: int,
        wish: Wish,
        fallback: str,
        reasons: Reasons | None,
        page: Page,
        unknown: tuple[str, ...],
    ) -> Answer:
        shelf, ids = state.shelf, state.shelf.ids
        listed = tuple(
            Listed(
                ids[row],
                len(page.shown) + place + 1,
                float(found.scores[place]),
                None if reasons is None else reasons.of(int(row), found.source(place)),
            )
            for place, row in enumerate(found.rows.tolist())
        )
        shown = (*page.shown, *(one.item_id for one in listed))
        is_more = int(wish.allowed.sum()) > len(listed)
        return Answer(
            recommendation_id=uuid.uuid4().hex,
            model_version=shelf.version,
            variant=VARIANT,
            items=listed,
            fallback=fallback,
            short=None if len(listed) >= k else _short(len(listed), shelf, wish),
            next_page=Page(shown).to_text() if is_more and len(listed) >= k else None,
            unknown_items=unknown,
        )


def _scored(model: Model, person: Person) -> NDArray[np.float32] | None:
    asked = person.history(model.catalog.n_items)
    if person.profile is not None and person.user_row < 0 and model.recommender.profile_width:
        asked = model.with_profiles(asked, [dict(person.profile)])
    elif not len(person.rows) and person.user_row < 0:
        return None
    return model.recommender.score(asked)[0]


def _blended(words: NDArray[np.float32], own: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    """Both standardised over the items that the words speak of."""
    there = np.isfinite(words)
    taste = np.where(np.isfinite(own), own, own[np.isfinite(own)].min(initial=0.0))
    mixed = np.full_like(words, -np.inf)
    mixed[there] = (1 - weight) * _standard(words[there]) + weight * _standard(taste[there])
    return mixed


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / np.float32(spread or 1.0) if len(values) else values


def _lifts(shelf: Shelf, boosts: Iterable[Boost]) -> NDArray[np.float32] | None:
    total: NDArray[np.float32] | None = None
    for boost in boosts:
        total = np.zeros(shelf.n_items, dtype=np.float32) if total is None else total
        total[shelf.mask(boost.filter)] += boost.by
    return total


def _rows_of(shelf: Shelf, ids: Sequence[str]) -> NDArray[np.int32]:
    rows = shelf.rows(ids)
    return rows[rows >= 0]


def _unknown(shelf: Shelf, ids: Sequence[str]) -> tuple[str, ...]:
    rows = shelf.rows(ids)
    return tuple(dict.fromkeys(id for id, row in zip(ids, rows, strict=True) if row < 0))


def _fallback(found: Places) -> str:
    if len(found.rows) > found.n_model + found.n_popular:
        return "seen"
    return "filled" if found.n_popular else "none"


def _short(n_listed: int, shelf: Shelf, wish: Wish) -> str:
    n_all, n_allowed = int(shelf.listed.sum()), int(wish.allowed.sum())
    return f"filter, exclude and pages before leave {n_allowed:,} of {n_all:,} items; {n_listed:,} are listed."


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
