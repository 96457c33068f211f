"""From raw tables to a Dataset: the same for every source."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import polars as pl

from genre.core.errors import DataError, Fault
from genre.sources._distinct import settle
from genre.sources._entities import read_entities, read_texts
from genre.sources._id_remarks import IdsInUse, remark_ids
from genre.sources._inputs import GRAPH, INTERACTIONS, ITEMS, LINKS, NEEDED, REVIEWS, USERS, Inputs, TableWord
from genre.sources._interactions import Cleaned, InteractionReader
from genre.sources._ledger import Ledger
from genre.sources._reviews import read_reviews
from genre.values import Catalog, Dataset, Interactions, Vocabulary, columns


def assemble(inputs: Inputs) -> Dataset:
    """Read, clean and number everything.

    Items take the order of their table, then that of first appearance in the interactions; users likewise. The
    numbering says nothing about the interactions' content, so it may use those of any part of a later split.

    Raises:
        DataError: a table or column is missing, a file is broken, or no usable interaction is left.
    """
    inputs.check()
    ledger = Ledger()
    for word, given in inputs.tables.items():
        if given.table.doubt:
            ledger.remark(word, given.table.doubt, 1, pl.DataFrame())
    items, users = _entities(ITEMS, columns.ITEM_ID, inputs, ledger), _entities(USERS, columns.USER_ID, inputs, ledger)
    cleaned = _cleaned(inputs, _ids(users, columns.USER_ID), _ids(items, columns.ITEM_ID), ledger)
    remark_ids(ITEMS, items, IdsInUse(columns.ITEM_ID, cleaned.item_ids, cleaned.item_rows), ledger)
    remark_ids(USERS, users, IdsInUse(columns.USER_ID, cleaned.user_ids, cleaned.user_rows), ledger)
    interactions = _interactions(cleaned)
    catalog = Catalog(
        interactions.items,
        interactions.users,
        _complete(items, columns.ITEM_ID, cleaned.item_ids),
        None if users is None else _complete(users, columns.USER_ID, cleaned.user_ids),
        _texts(GRAPH, inputs, ledger),
        _texts(LINKS, inputs, ledger),
        _reviews(inputs, interactions, ledger),
    )
    mark = fingerprint(interactions, catalog, cleaned.parts)
    quarantine, remarks = ledger.quarantine(), ledger.remarks()
    return Dataset(interactions, catalog, quarantine, cleaned.parts, cleaned.n_below_threshold, mark, remarks)


def _cleaned(inputs: Inputs, known_users: pl.Series, known_items: pl.Series, ledger: Ledger) -> Cleaned:
    """The interactions that can be used; at least one."""
    table = inputs.tables[INTERACTIONS].table
    names = inputs.columns_of(INTERACTIONS)
    reader = InteractionReader(table.path, names, inputs.rules, ledger, known_users, known_items)
    cleaned = settle(reader.read(table), ledger, len(known_users), len(known_items))
    if not len(cleaned.user_rows):
        raise _nothing_left(INTERACTIONS, table.path, ledger, cleaned.n_below_threshold)
    return cleaned


def _texts(word: TableWord, inputs: Inputs, ledger: Ledger) -> pl.DataFrame | None:
    return read_texts(word, inputs.tables[word], NEEDED[word], ledger) if word in inputs.tables else None


def _reviews(inputs: Inputs, interactions: Interactions, ledger: Ledger) -> pl.DataFrame | None:
    if REVIEWS not in inputs.tables:
        return None
    reviews = read_reviews(inputs.tables[REVIEWS], inputs.rules, interactions.users, interactions.items, ledger)
    if reviews.is_empty():
        raise _nothing_left(REVIEWS, inputs.tables[REVIEWS].table.path, ledger)
    return reviews


def fingerprint(interactions: Interactions, catalog: Catalog, parts: pl.Series | None) -> str:
    """sha256 over all that a dataset holds."""
    digest = hashlib.sha256()
    for name in ("user_rows", "item_rows", "timestamps", "weights", "ratings"):
        array = getattr(interactions, name)
        digest.update(name.encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    tables = (
        ("user ids", catalog.user_vocabulary.ids.to_frame()),
        (ITEMS, catalog.items),
        (USERS, catalog.users),
        (GRAPH, catalog.graph),
        (LINKS, catalog.links),
        (REVIEWS, catalog.reviews),
        (columns.PART, None if parts is None else parts.to_frame(columns.PART)),
    )
    for name, table in tables:
        digest.update(name.encode())
        if table is not None:
            content = io.BytesIO()
            table.write_ndjson(content)
            digest.update(content.getbuffer())
    return digest.hexdigest()


def _entities(word: TableWord, key: str, inputs: Inputs, ledger: Ledger) -> pl.DataFrame | None:
    if word not in inputs.tables:
        return None
    table = read_entities(word, inputs.tables[word], key, inputs.rules, ledger)
    if table.is_empty():
        raise _nothing_left(word, inputs.tables[word].table.path, ledger)
    return table


def _ids(table: pl.DataFrame | None, key: str) -> pl.Series:
    return pl.Series(key, [], dtype=pl.String) if table is None else table[key]


def _complete(table: pl.DataFrame | None, key: str, ids: pl.Series) -> pl.DataFrame:
    """The table with a row of nulls for every id that it lacks, in the order of `ids`, which begin with its own."""
    if table is None:
        return ids.to_frame(key)
    return pl.concat([table, ids[len(table) :].to_frame(key)], how="diagonal")


def _interactions(cleaned: Cleaned) -> Interactions:
    return Interactions(
        Vocabulary(cleaned.user_ids),
        Vocabulary(cleaned.item_ids),
        cleaned.user_rows,
        cleaned.item_rows,
        cleaned.timestamps,
        cleaned.weights,
        cleaned.ratings,
    )


def _nothing_left(word: TableWord, path: Path, ledger: Ledger, n_below_threshold: int = 0) -> DataError:
    """Why a table has no row that can be used."""
    faults = [
        Fault(
            f"{path}, row {entry.rows[columns.ROW][0]}",
            f"{entry.reason} ({entry.n_rows} such rows), and no usable row of {word} is left.",
            entry.mend,
        )
        for entry in ledger.quarantine()
        if entry.table == word
    ]
    if n_below_threshold:
        what = f"{n_below_threshold} interactions are rated below the threshold, and none is left."
        faults.append(Fault(str(path), what, "Lower rating_threshold."))
    return DataError(faults or Fault(str(path), "holds a header and no rows.", "Write the table again."))
