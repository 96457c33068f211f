"""What the nouns of the client share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from genre.client.wire import Wire

T = TypeVar("T")


class Noun:
    """Calls about one kind of thing."""

    _wire: Wire


def placed(id: str) -> str:
    """An id as one part of a path; `.` and `..` would lead elsewhere.

    >>> placed("a/b"), placed("..")
    ('a%2Fb', '%2E%2E')
    """
    return id.replace(".", "%2E") if set(id) == {"."} else quote(id, safe="")


def parts(rows: Iterable[T], most: int) -> Iterator[list[T]]:
    """Rows in lists of at most so many.

    >>> list(parts("abc", 2))
    [['a', 'b'], ['c']]
    """
    left = iter(rows)
    while part := list(islice(left, most)):
        yield part
