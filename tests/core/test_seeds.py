import numpy as np

from genre.core.seeds import derive, some_of


def test_purposes_have_streams_of_their_own():
    assert derive(42, "a", 1) == derive(42, "a", 1)
    assert len({derive(42, "a", 1), derive(42, "a", 2), derive(42, "b", 1), derive(43, "a", 1)}) == 4


def test_some_are_distinct_rows_in_order():
    rows = np.arange(100, 200)
    found = some_of(rows, 30, 7, "users")
    assert len(np.unique(found)) == 30 and (np.diff(found) > 0).all() and np.isin(found, rows).all()
    assert (found == some_of(rows, 30, 7, "users")).all()
    assert (found != some_of(rows, 30, 8, "users")).any()
    assert some_of(rows, 100, 7, "users") is rows
