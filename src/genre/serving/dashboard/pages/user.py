"""One user: the history beside the list, and why the list is as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anyio import to_thread

from genre.serving._lists import MODEL, POPULAR, SEEN
from genre.serving.answers import Answer, Listed, Why
from genre.serving.dashboard.faces import Faces
from genre.serving.dashboard.layout import frame, page
from genre.serving.dashboard.parts import badge, bar, card, counted, moment, part, plain, stack
from genre.serving.dashboard.visit import Visit
from genre.serving.questions import RecommendQuestion
from genre.serving.records import Event

K, N_HISTORY = 10, 40
SOURCES = {MODEL: ("the model", "good"), POPULAR: ("popularity", "warn"), SEEN: ("what was seen", "warn")}
FALLBACKS = {
    "none": "The model chose all of them.",
    "popular": "Nothing is known of this user: the list is what is popular.",
    "filled": "The model knew too few items: what is popular filled the list up.",
    "seen": "Too few items were left: some that the user touched had to be listed.",
}


@dataclass(frozen=True)
class Known:
    """What is shown of a user.

    Attributes:
        kept: as the API exports it.
    """

    kept: dict[str, Any]
    answer: Answer


@page("/users/{user_id:path}")
async def user(visit: Visit, user_id: str) -> None:
    """User"""
    known = await to_thread.run_sync(_known, visit, user_id)
    faces = Faces.of(visit, await to_thread.run_sync(visit.service.stock))
    n_items, n_events = len(known.kept["history"]), len(known.kept["events"])
    note = f"{counted(n_items, 'item')} in the history, {counted(n_events, 'event')} since the model was fitted."
    with frame(visit, "users", f"User {user_id}", note):
        if known.kept["columns"]:
            with card("What was posted of the user"), part("dl", "", "facts"):
                for name, value in known.kept["columns"].items():
                    part("dt", name)
                    part("dd", plain(value))
        _how(known.answer)
        with part("div", "", "beside"):
            with card("History", "history"):
                _history(faces, known.kept["history"], known.kept["events"])
            with card("List", "list"), part("ol", "", "listed"):
                for one in known.answer.items:
                    _listed(faces, one, _spread(known.answer))


def _known(visit: Visit, user_id: str) -> Known:
    service = visit.service
    return Known(service.user(user_id), service.recommend(RecommendQuestion(user_id=user_id, k=K, explain=True)))


def _how(answer: Answer) -> None:
    """From the whole catalogue to the list."""
    with card("How this list came about", "how"):
        part("p", FALLBACKS[answer.fallback] if not answer.short else f"{FALLBACKS[answer.fallback]} {answer.short}")
        if answer.origin is None:
            return
        removed = {rule: n for rule, n in answer.origin.removed.items() if n}
        names = (
            (MODEL, "scored by the model"),
            (POPULAR, "known by popularity alone"),
            (SEEN, "touched before, held back"),
        )
        counts = [(told, answer.origin.candidates[source]) for source, told in names]
        stack([*counts, ("removed by rules", sum(removed.values()))], f"Of {answer.origin.n_items:,} items")
        with part("p", "", "row-line"):
            badge(f"model {answer.model_version}")
            badge(f"variant {answer.variant}")
            for rule, n in removed.items():
                badge(f"{n:,} removed by: {rule}", "warn")
        idle = [rule for rule in answer.origin.removed if rule not in removed]
        if idle:
            part("p", f"Nothing was removed by: {', '.join(idle)}.", "note")


def _history(faces: Faces, history: list[str], events: list[Event]) -> None:
    if not history and not events:
        part("p", "Nothing is known of this user.", "quiet")
        return
    last = {event.item_id: event for event in events}
    with part("ul", "", "lines"):
        for item_id in _newest_first(history, last)[:N_HISTORY]:
            event = last.get(item_id)
            with part("li"):
                faces.line(item_id, "before the model was fitted" if event is None else _said(event))
    if len(history) > N_HISTORY:
        part("p", f"and {len(history) - N_HISTORY:,} before", "quiet")


def _newest_first(history: list[str], events: dict[str, Event]) -> list[str]:
    """Items of the history, and those of events that are no part of it, such as dislikes, in front."""
    there = set(history)
    return [*(id for id in reversed(events) if id not in there), *reversed(history)]


def _said(event: Event) -> str:
    value = "" if event.value is None else f" {event.value:g}"
    return f"{event.type}{value}, {moment(event.at)}"


def _spread(answer: Answer) -> tuple[float, float]:
    """The lowest and the highest score of a list."""
    scores = [one.score for one in answer.items]
    return min(scores, default=0.0), max(scores, default=0.0)


def _listed(faces: Faces, one: Listed, spread: tuple[float, float]) -> None:
    low, high = spread
    share = (one.score - low) / (high - low) if high > low else 1.0
    with part("li"):
        with part("div", "", "listed-head"):
            part("span", one.rank, "rank")
            faces.line(one.item_id)
            with part("span", "", "score"):
                part("span", f"{one.score:.3f}")
                bar(0.08 + 0.92 * share, f"score {one.score:.3f}")
        if one.why is not None:
            with part("details"):
                part("summary", "Why", "", aria_label=f"Why is {faces.name_of(one.item_id)} listed?")
                _why(faces, one.why)


def _why(faces: Faces, why: Why) -> None:
    with part("div", "", "why"):
        with part("p", "", "row-line"):
            badge(f"from {SOURCES[why.source][0]}", SOURCES[why.source][1])
            if why.boost:
                badge(f"boost {why.boost:+.2f} deviations")
        if why.because_of:
            part("h3", "Nearest in the history")
            with part("ul", "", "lines"):
                for near in why.because_of:
                    with part("li"):
                        faces.line(near.item_id, f"likeness {near.likeness:.2f}")
        if why.modalities:
            part("h3", "By modality" if why.likeness is None else f"By modality: likeness {why.likeness:.2f} in all")
            with part("dl", "", "modalities"):
                for name, likeness in why.modalities.items():
                    part("dt", name)
                    with part("dd"):
                        _modality(name, likeness, why)


def _modality(name: str, likeness: float | None, why: Why) -> None:
    if likeness is None:
        part("span", "has no content here", "quiet")
        return
    bar(likeness, f"{name}: likeness to the history {likeness:.2f}")
    adds = why.contributions.get(name)
    said = "" if adds is None or why.likeness is None else f", adds {adds:.2f} of {why.likeness:.2f}"
    part("span", f"likeness {likeness:.2f}{said}")
