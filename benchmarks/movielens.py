"""Where the tables and posters of MovieLens-100k are, and the links of its films to a knowledge graph, repaired."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from genre.values.columns import ENTITY_ID, ITEM_ID
from genre.values.files import write_table

NEWER = "ml_latest_small"
"""The folder, beside that of MovieLens-100k, with the items of a newer MovieLens."""
IMDB_ID = "imdb_id"


@dataclass(frozen=True)
class MovieLens:
    """Tables of MovieLens-100k with plots, posters and a graph.

    Attributes:
        tables: interactions, items, users, graph, links, by the field of the recipe that names them.
        pictures: the folder that the items' column `image` starts from.
    """

    tables: dict[str, str]
    pictures: str

    @staticmethod
    def at(data: Path, posters: Path, links: Path | None, runs: Path) -> MovieLens:
        """Look at what is there; without `links`, the repaired ones are written into `runs`.

        Raises:
            SystemExit: a file is missing.
        """
        files = {word: data / f"{word}.parquet" for word in ("interactions", "items", "users")}
        files["graph"] = data / "kg.parquet"
        wrong, newer = data / "kg_link.parquet", data.absolute().parent / NEWER / "items.parquet"
        needed = [*files.values(), *([wrong, newer] if links is None else [links])]
        missing = [str(path) for path in needed if not path.exists()]
        if missing:
            raise SystemExit(f"missing: {', '.join(missing)}")
        image = pl.read_parquet(files["items"])["image"].drop_nulls()[0]
        if not (posters.absolute().parent / image).exists():
            raise SystemExit(f"missing: {posters.absolute().parent / image}, which the items' column image names")
        if links is None:
            links = runs / "links.parquet"
            items, others = pl.read_parquet(files["items"]), pl.read_parquet(newer)
            write_table(repaired_links(pl.read_parquet(wrong), items, others), links)
        files["links"] = links
        tables = {word: str(path.absolute()) for word, path in files.items()}
        return MovieLens(tables, str(posters.absolute().parent))


def repaired_links(links: pl.DataFrame, items: pl.DataFrame, newer_items: pl.DataFrame) -> pl.DataFrame:
    """item_id of MovieLens-100k -> entity_id, for the films of which all is known.

    The published links of MovieLens-100k to Freebase hold the item ids of later MovieLens releases, which number films
    anew: item 2 is GoldenEye in the 100k and Jumanji later, and is linked to Jumanji. Both releases name films by their
    IMDb number, so the way is 100k id -> IMDb number -> later id -> entity.

    Args:
        links: item_id of later releases, entity_id.
        items, newer_items: item_id and imdb_id of the 100k and of a later release.
    """
    new_id = "newer_id"
    mine, theirs = (_numbered(table) for table in (items, newer_items))
    ids = mine.join(theirs.rename({ITEM_ID: new_id}).unique(IMDB_ID, keep="none"), on=IMDB_ID)
    found = ids.join(links.rename({ITEM_ID: new_id}).cast(pl.String), on=new_id)
    return found.select(ITEM_ID, ENTITY_ID).unique().sort(ITEM_ID, ENTITY_ID)


def _numbered(items: pl.DataFrame) -> pl.DataFrame:
    """item_id and imdb_id without its letters and leading zeros, where it is known."""
    number = pl.col(IMDB_ID).cast(pl.String).str.strip_prefix("tt").str.strip_chars_start("0")
    return items.select(pl.col(ITEM_ID).cast(pl.String), number).filter(pl.col(IMDB_ID) != "")
