"""Answers and what changes them, without HTTP: used by the API, by streams and by tests alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import Fault, RequestError, near
from genre.indexes.base import IndexHealth
from genre.pipeline.model import Model
from genre.ranking.base import Ranker
from genre.serving._answering import DEFAULT, Draft
from genre.serving._following import State
from genre.serving._lists import Places, Scores, Wish, own_rankers, places
from genre.serving._near import about, alike_to, own_query
from genre.serving._origin import origin_of
from genre.serving._pages import read_page
from genre.serving._people import Person
from genre.serving._posting import changed_record, posted_records
from genre.serving._taste import blended, own_scores
from genre.serving._variants import arm_of
from genre.serving._why import Reasons
from genre.serving._wishes import limited, unknown_ids, wish_of
from genre.serving.answers import Answer
from genre.serving.live import Live
from genre.serving.questions import Asker, RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion
from genre.serving.records import Event, Record, Side
from genre.serving.settings import Scenario, ServiceSettings
from genre.serving.stock import Stock
from genre.serving.store.base import Store

FOR_YOU, POPULAR, NEW = "for_you", "popular", "new"


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


@dataclass(frozen=True)
class Figures:
    """How a service does at a moment.

    Attributes:
        n_items: that may be listed.
        n_waiting: items that were taken and are not listed yet.
        n_refused: items that are kept and could not be taken in.
        newest_event_at: seconds since 1970, by the event's own time; 0 before the first.
        away_s: for how long the store has been away, 0 while it answers.
        seq: the newest change of the store that is read.
        n_kept_users: whose histories are in memory.
        fitted_at: of the model, seconds since 1970; None: it does not know.
    """

    n_items: int
    n_waiting: int
    n_refused: int
    newest_event_at: float
    away_s: float
    seq: int
    n_kept_users: int
    fitted_at: float | None


class Service:
    """One tenant's model, items and users as they are now; safe to use from several threads.

    What is acknowledged is on disk in the store and in the next answer. Other processes on the same store are
    followed before every answer. While the store is away, lists are made from what was known before and say so in
    `away`; what would change something is refused with a StoreError, and nothing of it is kept.

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
        arm, scenario = self._way(question)
        person, page = self._person(state, question), read_page(question.page)
        wish = wish_of(state.shelf, question, scenario, person, page.shown)
        diversity = scenario.diversity if question.diversity is None else question.diversity
        steps = own_rankers(state.shelf.model, diversity)
        needs_all = scenario.base != FOR_YOU or wish.lifts is not None or question.explain
        near = None if needs_all else own_query(state.shelf.model, person, steps)
        scores = self._base_scores(state, scenario.base, question, person) if near is None else None
        return Draft(
            found=self._places(state, near or scores, wish, steps),
            wish=wish,
            is_known=not (near is None and scores is None) or scenario.base != FOR_YOU,
            reasons=Reasons(state.shelf, person.rows, wish.lifts) if question.explain else None,
            page=page,
            unknown=unknown_ids(state.shelf, question.history or ()),
            variant=arm,
            away=self._away(person),
            origin=origin_of(state.shelf, question, scenario, person, page.shown, wish, scores)
            if question.explain
            else None,
        ).to_answer(state.shelf)

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
        query = units.vectors[known].mean(axis=0)
        scores = alike_to(state.shelf.model, query) or (units.vectors @ query).astype(np.float32)
        unknown = unknown_ids(state.shelf, question.items)
        return self._plain(state, scores, limited(state.shelf, question, known), unknown)

    def search(self, question: SearchQuestion) -> Answer:
        """Items that a text is about, those that suit the user first where one is given.

        Raises:
            RequestError: the model has no text feature, or knows no word of the text.
        """
        state = self._live.now()
        is_personal = bool(question.personal) and not question.is_nobody
        near = None if is_personal else about(state.shelf.model, question.text)
        if near is not None:
            wish = limited(state.shelf, question)
            return self._plain(state, near, Wish(wish.k, wish.allowed & near.index.present))
        scores = state.shelf.model.text_scores([question.text])[0]
        if is_personal:
            own = self._scores(state, question, self._person(state, question))
            if own is not None:
                scores = blended(scores, own, question.personal)
        wish = limited(state.shelf, question)
        return self._plain(state, scores, Wish(wish.k, wish.allowed & np.isfinite(scores)))

    def rank(self, question: RankQuestion) -> Answer:
        """Given items, best first for somebody; those that no item has come back in `unknown_items`."""
        state = self._live.now()
        person = self._person(state, question)
        rows = state.shelf.rows(question.items)
        allowed = np.zeros(state.shelf.n_items, dtype=np.bool_)
        allowed[rows[rows >= 0]] = True
        allowed &= state.shelf.listed
        wish = Wish(int(allowed.sum()), allowed)
        scores = self._scores(state, question, person)
        return Draft(
            found=self._places(state, scores, wish),
            wish=wish,
            is_known=scores is not None,
            reasons=Reasons(state.shelf, person.rows, None) if question.explain else None,
            unknown=unknown_ids(state.shelf, question.items),
            away=self._away(person),
        ).to_answer(state.shelf)

    def take_events(self, events: Sequence[Event]) -> Taken:
        """Keep events; the next answer follows from them. Ids that came before are left as they were."""
        is_new = self._store.add_events(events)
        state = self._live.now()
        unknown = unknown_ids(state.shelf, [event.item_id for event in events])
        return Taken(sum(is_new), len(events) - sum(is_new), unknown)

    def put_items(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep items as they are now: new ones are listed from the next answer on.

        Raises:
            RequestError: an id is missing or twice, or a column or value does not fit the table of items.
        """
        self._put("items", rows)

    def put_users(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep what is known of users.

        Raises:
            RequestError: as `put_items`, of the table of users.
        """
        self._put("users", rows)

    def change_item(self, id: str, changes: Mapping[str, Any]) -> bool:
        """Set some columns of an item and leave the others, those too that others set meanwhile; whether it is there.

        Raises:
            RequestError: a column or value does not fit.
        """
        return self._change("items", id, changes)

    def change_user(self, user_id: str, changes: Mapping[str, Any]) -> None:
        """As `change_item`, of what was posted of a user, who may be new."""
        self._change("users", user_id, changes)

    def delete_items(self, ids: Sequence[str]) -> list[bool]:
        """Never list these items again; for each, whether there was one, those too that another process just took."""
        shelf, records = self._live.now().shelf, self._store.get("items", ids)
        there = [
            bool(row >= 0 and shelf.listed[row]) if record is None else record.columns is not None
            for row, record in zip(shelf.rows(ids), records, strict=True)
        ]
        gone = [Record(id, None) for id, is_there in zip(ids, there, strict=True) if is_there]
        if gone:
            self._store.put("items", gone)
            self._live.now()
        return there

    def item(self, id: str) -> dict[str, Any] | None:
        """The columns of an item as it is now, whichever process took it; None where there is none."""
        shelf = self._live.settle().shelf
        row = int(shelf.rows([id])[0])
        return None if row < 0 or not shelf.listed[row] else shelf.model.catalog.items.row(row, named=True)

    def stock(self) -> Stock:
        """Items as they are now, to look through."""
        state = self._live.now()
        return Stock(state.shelf, state.counters.popularity())

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

    def keep_up(self) -> None:
        """Read what came before anybody asks, so that the next answer need not."""
        self._live.now()

    def pseudonym(self, user_id: str) -> str:
        """What logs call a user."""
        return self._live.pseudonyms.of_user(user_id)

    @property
    def n_items(self) -> int:
        """That may be listed."""
        return int(self._live.state.shelf.listed.sum())

    @property
    def store(self) -> Store:
        """What it keeps things in."""
        return self._store

    @property
    def version(self) -> str:
        """Of the model that answers."""
        return self._live.state.shelf.version

    @property
    def faults(self) -> dict[str, str]:
        """Items that are kept and could not be taken in, with the reason, by id."""
        return dict(self._live.state.faults)

    @property
    def indexes(self) -> dict[str, IndexHealth]:
        """How each index of the model that answers does, by name; none where all items are compared."""
        finder = self._live.state.shelf.model.finder
        return {} if finder is None else finder.health

    @property
    def figures(self) -> Figures:
        """As of the last look at the store."""
        following = self._live.following
        return Figures(
            n_items=self.n_items,
            n_waiting=following.n_waiting,
            n_refused=len(following.state.faults),
            newest_event_at=following.newest_event_at,
            away_s=self._live.away_s,
            seq=following.seq,
            n_kept_users=len(following.state.people),
            fitted_at=following.state.shelf.model.fitted_at,
        )

    def _put(self, side: Side, rows: Sequence[Mapping[str, Any]]) -> None:
        records = posted_records(self._live.state.shelf.model, side, rows)
        self._store.put(side, records)
        self._live.settle()

    def _change(self, side: Side, id: str, changes: Mapping[str, Any]) -> bool:
        shelf = self._live.now().shelf
        is_changed = self._store.change(side, id, lambda known: changed_record(shelf, side, id, known, changes))
        self._live.settle()
        return is_changed

    def _way(self, question: RecommendQuestion) -> tuple[str, Scenario]:
        """The arm of the asker, and what lists are made of there: an experiment is about lists for somebody."""
        scenario = self._scenario(question.scenario)
        if question.scenario != FOR_YOU:
            return DEFAULT, scenario
        arm = arm_of(question.user_id, self.settings.variants, self._live.pseudonyms.salt)
        return arm, self.settings.variants.get(arm, scenario)

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
            return own_scores(state.shelf.model, person)
        known = state.scores.get(asker.user_id, person)
        if known is None:
            known = state.scores.keep(asker.user_id, person, own_scores(state.shelf.model, person))
        return known.scores

    def _base_scores(
        self, state: State, base: str, question: RecommendQuestion, person: Person
    ) -> NDArray[np.float32] | None:
        if base == FOR_YOU:
            return self._scores(state, question, person)
        if base == POPULAR:
            return state.counters.popularity()
        return state.shelf.arrived.astype(np.float32)

    def _places(self, state: State, scores: Scores | None, wish: Wish, steps: tuple[Ranker, ...] = ()) -> Places:
        return places(scores, wish, state.counters.popularity(), state.shelf, steps)

    def _plain(self, state: State, scores: Scores, wish: Wish, unknown: tuple[str, ...] = ()) -> Answer:
        found = self._places(state, scores, wish)
        return Draft(found, wish, unknown=unknown, away=self._live.away).to_answer(state.shelf)

    def _away(self, person: Person) -> tuple[str, ...]:
        return self._live.away or (() if person.is_whole else ("store",))
