"""Tables written for one test, and the Dataset that a source reads from them."""

import gzip

import polars as pl
import pytest

from genre.core.slot import Slot


@pytest.fixture
def write(tmp_path):
    """Writes text or bytes to a file of this name and gives its path; a name that ends in .gz is packed."""

    def written(name, content):
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return written


@pytest.fixture
def read():
    """Reads with a source of this type."""

    def dataset(kind, **fields):
        return Slot("sources").build({"type": kind, **fields}).read()

    return dataset


@pytest.fixture
def reasons():
    """(table, reason) -> row numbers set aside."""

    def of(dataset):
        return {(entry.table, entry.reason): entry.rows["row"].to_list() for entry in dataset.quarantine}

    return of


@pytest.fixture
def pairs():
    """The interactions as (user, item), in order."""

    def of(dataset):
        frame = dataset.interactions.to_frame()
        assert isinstance(frame, pl.DataFrame)
        return list(zip(frame["user_id"], frame["item_id"], strict=True))

    return of
