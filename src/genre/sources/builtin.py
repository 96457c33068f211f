"""The built-in example: MovieLens-100k with titles, genres, user profiles and a graph, fetched once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from genre.sources._assemble import assemble
from genre.sources._atomic_table import AtomicTable
from genre.sources._inputs import GRAPH, INTERACTIONS, ITEMS, LINKS, USERS, Inputs, Rules, TableInput, TableWord
from genre.sources._kinds import file_kind, open_table
from genre.sources._movielens import movielens_folder
from genre.sources.base import Source, SourceConfig
from genre.values import Dataset, columns

ITEM_COLUMNS = {"title": "movie_title", "year": "release_year", "genres": "class"}
GRAPH_COLUMNS = {columns.HEAD: "head_id", columns.RELATION: "relation_id", columns.TAIL: "tail_id"}


class BuiltinConfig(SourceConfig):
    """Which example, and what counts as positive."""

    name: Literal["movielens-100k"] = Field("movielens-100k", description="Which example.")
    rating_threshold: float | None = Field(
        None, ge=1, le=5, description="Interactions rated lower are left out; None: all count."
    )
    links: Path | None = Field(
        None,
        description="Which film is which entity of the graph: item_id, entity_id. The table that comes with it is "
        "not read: its item ids are those of MovieLens-20M, which number other films.",
    )


class BuiltinSource(Source):
    """943 users, 1,682 films, 100,000 ratings with times; films have title, year and genres, users a profile.

    The graph says nothing about the films until `links` names a table that joins them to its entities.
    Reference: F. Maxwell Harper and Joseph A. Konstan, The MovieLens Datasets: History and Context, ACM TiiS 5(4),
    2015; the graph: Wayne Xin Zhao et al., KB4Rec: A Data Set for Linking Knowledge Bases with Recommender Systems,
    Data Intelligence 1(2), 2019.
    """

    config: BuiltinConfig
    EXAMPLES = ({"name": "movielens-100k"}, {"rating_threshold": 4})

    def read(self) -> Dataset:
        folder = movielens_folder()
        files: dict[TableWord, tuple[str, dict[str, str]]] = {
            INTERACTIONS: ("inter", {}),
            ITEMS: ("item", ITEM_COLUMNS),
            USERS: ("user", {}),
            GRAPH: ("kg", GRAPH_COLUMNS),
        }
        tables = {
            word: TableInput(AtomicTable(folder / f"ml-100k.{ending}"), names)
            for word, (ending, names) in files.items()
        }
        links = self.config.links
        if links is not None:
            path = links.expanduser()
            tables[LINKS] = TableInput(open_table(path, file_kind(path) or "csv"))
        rules = Rules({"genres": " "}, self.config.rating_threshold, "s", numbers=("year", "age"))
        return assemble(Inputs(tables, rules))
