"""How long a batch may be."""

from __future__ import annotations

from genre.core.errors import Fault
from genre.serving.api.problems import Problem

SHOWN = 20
"""Ids of a batch that the audit names."""


def check_size(where: str, n: int, most: int) -> None:
    """Refuse a batch that is longer than the settings allow.

    Raises:
        Problem: 422.
    """
    if n > most:
        raise Problem(422, Fault(where, f"are {n:,}; at most {most:,} come at a time.", "Send them in parts."))
