"""How the library implicit is run: quietly, on its own threads and not on BLAS threads beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import scipy.sparse as sp


@contextmanager
def single_blas() -> Iterator[None]:
    """BLAS keeps to one thread: where it does not, implicit warns and runs ten times slower."""
    from threadpoolctl import threadpool_limits  # comes with implicit, which needs it

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def as_matrix(matrix: sp.csr_array) -> sp.csr_matrix:
    """The same entries in the older of scipy's two sparse types: the one implicit reads, with 32-bit places."""
    small = (matrix.indices.astype("int32", copy=False), matrix.indptr.astype("int32", copy=False))
    return sp.csr_matrix((matrix.data, *small), shape=matrix.shape)
