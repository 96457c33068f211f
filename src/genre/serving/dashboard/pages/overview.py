"""How the service is."""

from __future__ import annotations

import time
from collections.abc import Mapping

from anyio import to_thread

from genre.core.errors import StoreError
from genre.serving.dashboard.layout import every, frame, page
from genre.serving.dashboard.parts import badge, card, counted, figure, link, millis, moment, part, percent, table
from genre.serving.dashboard.pulse import Beat
from genre.serving.dashboard.visit import Visit
from genre.serving.store.access import Note

N_NOTES = 8


@page("/")
async def overview(visit: Visit) -> None:
    """Overview"""
    stock = await to_thread.run_sync(visit.service.stock)
    notes = await to_thread.run_sync(_notes, visit)
    facts = await to_thread.run_sync(visit.tenant.bundles.facts, visit.service.version)
    with frame(visit, "", "Overview", "What the service does now, and what was done to it."):
        with part("div", "", "figures"):
            figure("Model", visit.service.version, "answers now")
            items, _ = figure("Items", f"{stock.n_listed:,}", "may be listed")
            figure("Users", f"{stock.shelf.model.catalog.n_users:,}", "known to the model")
            asked = figure("Requests", "-", "a second")
            events = figure("Events", "-", "a minute")
            latency = figure("Latency", "-", "half of requests")
            fallback = figure("Fallback", "-", "of lists")
            coverage = figure("Coverage", "-", "of items listed lately")
        with part("div", "", "columns"):
            with card("Health"), part("ul", "", "states"):
                states = [part("li", "", "status") for _ in range(3)]
            with card("Last changes"):
                _log(notes)
        with card("Model", "wide"):
            _model(visit, str(facts.get("name") or visit.service.version), stock.shelf.model.metrics)

    async def draw() -> None:
        beat = await to_thread.run_sync(visit.house.pulses[visit.tenant.name].feel)
        shown = (asked, events, latency, fallback, coverage)
        for (value, note), (number, unit) in zip(shown, _told(beat), strict=True):
            value.set_text(number)
            note.set_text(unit)
        items.set_text(f"{visit.service.n_items:,}")
        said = await to_thread.run_sync(_health, visit)
        for state, (words, kind) in zip(states, said, strict=True):
            state.set_text(words)
            state.classes(replace=f"status {kind}")

    await draw()
    every(visit, visit.house.settings.refresh_s, draw)


def _told(beat: Beat) -> list[tuple[str, str]]:
    span = f"last {beat.span_s:.0f} s" if beat.span_s < 120 else f"last {beat.span_s / 60:,.0f} min"
    return [
        (f"{beat.requests_per_s:,.1f}", f"a second, {span}"),
        (f"{beat.events_per_minute:,.0f}", f"a minute, {span}"),
        (millis(beat.p50_s), f"half of requests; 99 %: {millis(beat.p99_s)}"),
        (percent(beat.fallback), f"of lists, {span}"),
        (percent(beat.coverage), "of items listed lately"),
    ]


def _health(visit: Visit) -> list[tuple[str, str]]:
    """Of the store, of items that came, and of lists: what is to be said, and whether it is good."""
    figures = visit.service.figures
    start = time.perf_counter()
    try:
        head = visit.tenant.store.head()
        store = (f"The store answers in {millis(time.perf_counter() - start)}; its newest change is {head:,}.", "good")
    except StoreError:
        store = ("The store is out of reach: answers come from what was known before.", "bad")
    if figures.n_refused:
        items = (f"Kept, but not taken in: {counted(figures.n_refused, 'item')}.", "bad")
    else:
        items = (
            f"Waiting to be encoded: {counted(figures.n_waiting, 'item')}."
            if figures.n_waiting
            else "All items are in.",
            "good",
        )
    newest = figures.newest_event_at
    event = f"The newest event is of {moment(newest)} UTC." if newest else "No event came yet."
    return [store, items, (event, "good" if newest else "")]


def _notes(visit: Visit) -> list[Note]:
    try:
        return visit.tenant.store.audit.newest(N_NOTES)
    except StoreError:
        return []


def _log(notes: list[Note]) -> None:
    if not notes:
        part("p", "Nothing was changed yet.", "quiet")
        return
    rows = [(moment(one.at), one.action, one.subject or "-", one.key_id or "-") for one in notes]
    table(("When (UTC)", "What", "To what", "Key"), rows, "What was changed last")


def _model(visit: Visit, name: str, metrics: Mapping[str, float]) -> None:
    with part("p", "", "row-line"):
        part("strong", name)
        badge("active", "good")
        link("Compare versions", visit.at("models"))
    if metrics:
        with part("div", "", "figures small"):
            for metric, value in metrics.items():
                figure(metric, f"{value:.4f}")
