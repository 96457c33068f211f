import hashlib

import numpy as np

from genre.core.fingerprint import fingerprint


def test_parts_are_told_from_each_other():
    ones = np.ones(4, np.int8)
    found = [
        fingerprint("ab", "c"),
        fingerprint("a", "bc"),
        fingerprint(ones),
        fingerprint(ones.astype(np.int16)),
        fingerprint(ones.reshape(2, 2)),
        fingerprint(ones, np.empty((0, 3), np.float32)),
        fingerprint(np.zeros(4, np.bool_)),
    ]
    assert len(set(found)) == len(found)


def test_arrays_count_by_their_values_however_they_lie_in_memory():
    table = np.arange(12, dtype=np.int32).reshape(3, 4)
    assert fingerprint(table[:, ::2]) == fingerprint(table[:, ::2].copy())
    assert fingerprint(np.array(table, order="F")) == fingerprint(table)


def test_it_is_sha256_over_parts_with_their_lengths():
    assert fingerprint("ab", b"c") == hashlib.sha256(b"2:ab1:c").hexdigest()
