"""Lists of items as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from genre.values import Catalog

TITLES = ("title", "name", "movie_title", "item_title")
SHOWN = 60


def titles(ids: Sequence[str], catalog: Catalog) -> list[str]:
    """What to call items: their title where the catalogue has one, else their id."""
    column = next((name for name in TITLES if name in catalog.items.columns), None)
    if column is None:
        return list(ids)
    values = catalog.items[column].gather(catalog.item_vocabulary.rows(list(ids))).to_list()
    return [str(value) if value is not None else id for value, id in zip(values, ids, strict=True)]


def list_table(title: str, ids: Sequence[str], catalog: Catalog, scores: Sequence[float] | None = None) -> Table:
    """One ranked list."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name, justify in (("rank", "right"), ("item", "left"), ("title", "left"), ("score", "right")):
        if name != "score" or scores is not None:
            table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for place, (id, name) in enumerate(zip(ids, titles(ids, catalog), strict=True)):
        row = [str(place + 1), id, name[:SHOWN]]
        table.add_row(*row, *([] if scores is None else [f"{scores[place]:.3f}"]))
    return table
