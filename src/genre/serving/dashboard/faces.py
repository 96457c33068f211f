"""How an item is shown: its title, its picture, its place in lists of cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from genre.serving.dashboard.parts import Part, link, part, shown
from genre.serving.dashboard.pictures import Album, albums
from genre.serving.dashboard.visit import Visit
from genre.serving.stock import Stock
from genre.values import columns

TITLES = ("title", "headline", "name", "label", "caption")
LONGEST = 120


@dataclass(frozen=True, eq=False)
class Faces:
    """Of the items of one moment.

    Attributes:
        title: column that names an item; None: none does.
    """

    visit: Visit
    stock: Stock
    title: str | None
    albums: tuple[Album, ...]

    @staticmethod
    def of(visit: Visit, stock: Stock) -> Faces:
        """As the settings say, else as the names of the columns do."""
        found = albums(stock.shelf.model, visit.house.settings)
        without = {name for album in found for name in album.columns}
        return Faces(visit, stock, visit.house.settings.title or title_column(stock.items, without), found)

    def name(self, row: int) -> str:
        """The title of an item; its id where it has none."""
        found = None if self.title not in self.stock.items.columns else self.stock.items[self.title][row]
        text = shown(found).strip() if found is not None else ""
        return (text[: LONGEST - 1] + "…" if len(text) > LONGEST else text) or self.id(row)

    def name_of(self, item_id: str) -> str:
        """As `name`; of an item that is gone its id."""
        row = int(self.stock.shelf.rows([item_id])[0])
        return item_id if row < 0 else self.name(row)

    def id(self, row: int) -> str:
        """Of an item."""
        return self.stock.shelf.ids[row]

    def has_picture(self, row: int) -> bool:
        """Whether the catalogue names one."""
        return any(album.name(self.stock, row) is not None for album in self.albums)

    def picture(self, row: int, style: str = "picture") -> Part:
        """The picture, or the first letter of the title where the catalogue names none."""
        if not self.has_picture(row):
            return part("span", self.name(row)[:1].upper(), f"{style} letter", aria_hidden="true")
        address = self.visit.at("pictures", self.id(row))
        return part("img", "", style, src=address, alt="", loading="lazy", decoding="async")

    def tile(self, row: int, note: str = "") -> Part:
        """A card that leads to the item."""
        with link("", self.visit.at("catalogue", self.id(row)), "tile") as made:
            self.picture(row)
            with part("span", "", "tile-text"):
                part("span", self.name(row), "tile-title")
                part("span", note or self.id(row), "note")
        return made

    def line(self, item_id: str, note: str = "") -> Part:
        """A small picture and a title beside it, that lead to the item; of an item that is gone its id alone."""
        row = self.stock.row(item_id)
        if row is None:
            with part("span", "", "item-line") as made:
                part("span", "?", "thumb letter", aria_hidden="true")
                with part("span", "", "tile-text"):
                    part("span", self.name_of(item_id), "tile-title")
                    part("span", "not listed any more", "note")
            return made
        with link("", self.visit.at("catalogue", item_id), "item-line") as made:
            self.picture(row, "thumb")
            with part("span", "", "tile-text"):
                part("span", self.name(row), "tile-title")
                part("span", note or item_id, "note")
        return made


def title_column(items: pl.DataFrame, without: set[str]) -> str | None:
    """The column whose name says that it names items, else the first one of texts."""
    texts = [
        name
        for name, kind in items.schema.items()
        if kind == pl.String and name != columns.ITEM_ID and name not in without
    ]
    named = (name for word in TITLES for name in texts if word in name.lower())
    return next(named, texts[0] if texts else None)


def facts(item: dict[str, Any]) -> list[tuple[str, Any]]:
    """The columns of an item but its id, empty ones left out."""
    return [(name, value) for name, value in item.items() if name != columns.ITEM_ID and value not in (None, [])]
