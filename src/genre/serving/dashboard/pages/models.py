"""Versions side by side: what they say of themselves, what they list for one user, and which one answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import to_thread
from nicegui import ui

from genre.core.errors import GenreError, StoreError
from genre.serving.answers import Answer
from genre.serving.api.logs import log_fault
from genre.serving.api.problems import Problem, of_error
from genre.serving.dashboard.faces import Faces
from genre.serving.dashboard.layout import frame, page
from genre.serving.dashboard.parts import Best, badge, card, moment, part, put, shown, table
from genre.serving.dashboard.visit import Visit
from genre.serving.questions import RecommendQuestion

K, N_ACTIVATIONS = 10, 20


@dataclass(frozen=True)
class Versions:
    """Attributes:
    facts: by version what its bundle says, empty where it cannot be read.
    activations: version and when, newest first.
    """

    active: str
    facts: dict[str, dict[str, Any]]
    loadable: frozenset[str]
    activations: list[tuple[str, float]]
    before: str | None


@page("/models")
async def models(visit: Visit, user: str = "", a: str = "", b: str = "") -> None:
    """Models"""
    versions = await to_thread.run_sync(_versions, visit)
    names = list(versions.facts)
    a = a if a in names else versions.active
    b = b if b in names else next((name for name in names if name != a), a)
    both = await to_thread.run_sync(_both, visit, user, (a, b)) if user.strip() else None
    faces = Faces.of(visit, await to_thread.run_sync(visit.service.stock))
    with frame(visit, "models", "Models", f"{versions.active} answers now."):
        with part("div", "", "versions"):
            for name in names:
                _version(visit, versions, name)
        with card("Side by side"):
            _facts(versions)
        with card("Lists for one user"):
            _asked(visit, names, user, a, b)
            if both is not None:
                _lists(faces, both)
        with card("Activations"):
            _activations(visit, versions)


def _versions(visit: Visit) -> Versions:
    tenant = visit.tenant
    paths, active = tenant.bundles.paths(), tenant.service.version
    facts = {name: tenant.bundles.facts(name) for name in sorted({active, *paths})}
    if not facts[active]:
        model = tenant.service.stock().shelf.model
        sizes = {"n_items": model.catalog.n_items, "n_users": model.catalog.n_users}
        facts[active] = {"name": model.recipe.name, "metrics": model.metrics, **sizes}
    before, activations = None, []
    with suppress(StoreError, Problem):
        activations = tenant.store.activations()[:N_ACTIVATIONS]
        before = tenant.before()
    return Versions(active, facts, frozenset(paths), activations, before if before in paths else None)


def _version(visit: Visit, versions: Versions, name: str) -> None:
    is_active = name == versions.active
    with card(name, "version active" if is_active else "version"):
        part("p", versions.facts[name].get("name") or "-", "quiet")
        if is_active:
            badge("answers now", "good")
        elif name not in versions.loadable:
            badge("its bundle is gone", "warn")
        else:
            work = partial(visit.write, "models.activate", partial(visit.tenant.activate, name), name)
            told = f"{name} is loaded and answers from then on, with all items and events so far."
            _confirmed("Activate", f"Activate {name}?", told, partial(work, before=versions.active))


def _confirmed(label: str, title: str, told: str, work: Callable[[], Awaitable[None]]) -> None:
    """A button that asks before it does something, and says how it went."""
    client, is_busy = ui.context.client, False

    async def go() -> None:
        nonlocal is_busy
        if is_busy:
            return
        is_busy = True
        put(sure, disabled=True)
        sure.set_text("Loading ...")
        try:
            await work()
        except (GenreError, Problem) as error:
            problem = of_error(error) if isinstance(error, GenreError) else error
            if not problem.faults and isinstance(error, GenreError):
                log_fault(error)
            said.set_text(problem.detail)
            sure.set_text(label)
            put(sure, disabled=None)
            is_busy = False
            return
        client.open("/models")

    with part("q-dialog", model_value=False) as dialog, part("div", "", "dialog card", role="alertdialog"):
        part("h2", title)
        part("p", told)
        said = part("p", "", "status bad", role="alert")
        with part("div", "", "row-line end"):
            no = part("button", "Cancel", "button", type="button", autofocus=True)
            sure = part("button", label, "button primary", type="button")
    button = part("button", label, "button", type="button", aria_haspopup="dialog", aria_label=title.rstrip("?"))
    button.on("click", lambda: put(dialog, model_value=True))
    no.on("click", lambda: put(dialog, model_value=False))
    dialog.on("update:model-value", lambda event: put(dialog, model_value=bool(event.args)))
    sure.on("click", go)


def _facts(versions: Versions) -> None:
    """A row for each metric, the best one of a row marked."""
    names = list(versions.facts)
    metrics = dict.fromkeys(name for one in versions.facts.values() for name in one.get("metrics") or {})
    rows: list[list[object]] = []
    for label, key in (("items", "n_items"), ("users", "n_users")):
        rows.append([label, *(versions.facts[name].get(key) for name in names)])
    for metric in metrics:
        values = [(versions.facts[name].get("metrics") or {}).get(metric) for name in names]
        best = max((value for value in values if value is not None), default=None)
        rows.append([metric, *(Best(value) if value is not None and value == best else value for value in values)])
    libraries = [(versions.facts[name].get("libraries") or {}).get("genre") for name in names]
    rows.append(["made by genre", *libraries])
    table(["", *names], rows, "What versions say of themselves; metrics are of the validation part")


def _asked(visit: Visit, names: list[str], user: str, a: str, b: str) -> None:
    with part("form", "", "fields", method="get", action=visit.at("models")):
        with part("label", "", "field"):
            part("span", "User id")
            part("input", "", "", name="user", type="search", value=user, required="", maxlength=256)
        for name, label, chosen in (("a", "First version", a), ("b", "Second version", b)):
            with part("label", "", "field"):
                part("span", label)
                with part("select", "", "", name=name):
                    for version in names:
                        part("option", version, "", value=version, selected=version == chosen or None)
        part("button", "Compare", "button primary", type="submit")


def _both(visit: Visit, user: str, pair: tuple[str, str]) -> list[Answer]:
    question = RecommendQuestion(user_id=user.strip(), k=K)
    return [visit.house.trials.service(visit.tenant, version).recommend(question) for version in pair]


def _lists(faces: Faces, both: list[Answer]) -> None:
    places = [{one.item_id: one.rank for one in answer.items} for answer in both]
    n_both = len(places[0].keys() & places[1].keys())
    part("p", f"{n_both} of {max(map(len, places))} items are in both lists.", "quiet")
    with part("div", "", "pair"):
        for answer, own, other in zip(both, places, reversed(places), strict=True):
            with part("section", "", "", aria_label=f"List of {answer.model_version}"):
                part("h3", answer.model_version)
                with part("ol", "", "lines numbered"):
                    for one in answer.items:
                        with part("li"):
                            part("span", one.rank, "rank")
                            faces.line(one.item_id, f"score {shown(one.score)}")
                            _move(own[one.item_id], other.get(one.item_id))


def _move(here: int, there: int | None) -> None:
    if there is None:
        badge("only here", "warn")
    elif there == here:
        badge("same place")
    else:
        badge(f"there {there}", "good" if here < there else "")


def _activations(visit: Visit, versions: Versions) -> None:
    if not versions.activations:
        part("p", "No version was activated since the start.", "quiet")
        return
    table(("When (UTC)", "Version"), [(moment(at), name) for name, at in versions.activations], "Activations")
    if versions.before is not None:
        before = versions.before
        work = partial(visit.write, "models.rollback", partial(visit.tenant.activate, before), before)
        told = f"{before} answered before {versions.active}; it answers again, with all items and events so far."
        _confirmed("Roll back", f"Roll back to {before}?", told, partial(work, before=versions.active))
