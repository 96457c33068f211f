"""Items: searched, filtered, in order, with their pictures."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import polars as pl
from anyio import to_thread
from numpy.typing import NDArray

from genre.serving._conditions import Condition
from genre.serving.dashboard.faces import Faces
from genre.serving.dashboard.layout import frame, page
from genre.serving.dashboard.parts import link, part
from genre.serving.dashboard.visit import Visit
from genre.serving.stock import Order, Stock
from genre.values import columns

PER_PAGE = 24
ORDERS = {"popular": "Most popular", "new": "Newest", "id": "As in the catalogue"}


@page("/catalogue")
async def catalogue(
    visit: Visit, q: str = "", column: str = "", value: str = "", order: str = "popular", at: str = "1"
) -> None:
    """Catalogue"""
    stock = await to_thread.run_sync(visit.service.stock)
    asked = {"q": q[:200], "column": column, "value": value[:200], "order": order if order in ORDERS else "popular"}
    rows = await to_thread.run_sync(_found, stock, asked)
    n_pages = max(1, math.ceil(len(rows) / PER_PAGE))
    here = min(max(int(at) if at.isdecimal() else 1, 1), n_pages)
    faces = Faces.of(visit, stock)
    with frame(visit, "catalogue", "Catalogue", f"{len(rows):,} of {stock.n_listed:,} items"):
        _form(visit, stock, asked)
        if not len(rows):
            part("p", "No item fits. Use other words, or loosen the filter.", "card quiet")
            return
        with part("div", "", "tiles"):
            for row in rows[(here - 1) * PER_PAGE : here * PER_PAGE].tolist():
                faces.tile(row)
        _pager(visit, asked, here, n_pages)


def _found(stock: Stock, asked: dict[str, str]) -> NDArray[np.int64]:
    order: Order = next(one for one in get_args(Order) if one == asked["order"])
    return stock.find(asked["q"], condition(stock.items.schema, asked["column"], asked["value"]), order)


def condition(schema: pl.Schema, column: str, value: str) -> Condition | None:
    """What one column is to hold: letters of a text, an entry of a list, a number or a range of them such as 1990-1999;
    None where nothing is asked for.

    Raises:
        RecipeError: there is no such column, or the value does not fit it.
    """
    if not column or not value.strip():
        return None
    kind, value = schema.get(column), value.strip()
    if kind is None or not (kind.is_numeric() or kind == pl.Boolean):
        return Condition(column=column, contains=value)
    if kind == pl.Boolean:
        return Condition(column=column, equals=value.lower() in ("true", "yes", "1"))
    low, dash, high = value[1:].partition("-")
    low = value[0] + low
    if dash:
        return Condition(column=column, at_least=_number(low), at_most=_number(high))
    return Condition(column=column, equals=_number(value))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _form(visit: Visit, stock: Stock, asked: dict[str, str]) -> None:
    names = [name for name in stock.items.columns if name != columns.ITEM_ID]
    with part("form", "", "card fields", method="get", action=visit.at("catalogue"), role="search"):
        _field("q", "Search", asked["q"], "Words of an item, or its id", kind="search")
        _choice("column", "Column", asked["column"], {"": "Any", **{name: name for name in names}})
        _field("value", "Holds", asked["value"], "space, or 1990-1999")
        _choice("order", "Order", asked["order"], ORDERS)
        part("button", "Show", "button primary", type="submit")


def _field(name: str, label: str, value: str, hint: str, kind: str = "text") -> None:
    with part("label", "", "field"):
        part("span", label)
        part("input", "", "", name=name, type=kind, value=value, placeholder=hint, maxlength=200)


def _choice(name: str, label: str, value: str, choices: dict[str, str]) -> None:
    with part("label", "", "field"):
        part("span", label)
        with part("select", "", "", name=name):
            for word, told in choices.items():
                part("option", told, "", value=word, selected=word == value or None)


def _pager(visit: Visit, asked: dict[str, str], here: int, n_pages: int) -> None:
    with part("nav", "", "pager", aria_label="Pages of the catalogue"):
        for to, label in ((1, "First"), (here - 1, "Previous")):
            _step(visit, asked, to, label, here > 1)
        part("span", f"Page {here:,} of {n_pages:,}", "", aria_current="page")
        for to, label in ((here + 1, "Next"), (n_pages, "Last")):
            _step(visit, asked, to, label, here < n_pages)


def _step(visit: Visit, asked: dict[str, str], to: int, label: str, is_there: bool) -> None:
    if is_there:
        link(label, visit.at("catalogue", **asked, at=to), "button")
    else:
        part("span", label, "button off", aria_disabled="true")
