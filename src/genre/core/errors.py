"""Errors that a user can mend: each names a place, what is wrong there and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: `where` (YAML path, file, row, column), `what`, and the `mend`."""

    where: str
    what: str
    mend: str = ""

    def below(self, place: str) -> Fault:
        """The same fault at a place inside `place`."""
        return replace(self, where=f"{place}, {self.where}" if self.where else place)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" {self.mend}" if self.mend else "")


class GenreError(Exception):
    """A fault of the recipe, the data, a bundle or a request; shown without a traceback, exit code 1."""

    def __init__(self, faults: Fault | str | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = Fault("", faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def at(self, place: str) -> Self:
        """The same error, its faults below a place, such as the YAML path of the part that raised it."""
        found = type(self).__new__(type(self))
        GenreError.__init__(found, (fault.below(place) for fault in self.faults))
        return found


class RecipeError(GenreError):
    """The recipe asks for something that does not exist or does not fit."""


class DataError(GenreError):
    """A table, file or column is missing, broken or of no use."""


class BundleError(GenreError):
    """A saved bundle is missing, cut, altered or of another version."""


class ExportError(GenreError):
    """A fitted model that cannot be written so that it answers without torch."""


class RequestError(GenreError):
    """A question to a fitted model that cannot be answered: unknown user, item or column."""


class StoreError(GenreError):
    """What a service keeps cannot be read or written: out of reach, read-only, or of a newer version."""


class MissingExtraError(GenreError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, extra: str, needed_by: str) -> None:
        super().__init__(
            Fault(needed_by, f"needs the package '{package}', which is not installed.", f'pip install "genre[{extra}]"')
        )


class NotFittedError(RuntimeError):
    """A component was asked to work before `fit`: a fault of the calling code, not of the user."""


def near(word: str, known: Sequence[str]) -> str:
    """A hint at the nearest known word, or the list of all of them.

    >>> near("dimm", ["dim", "epochs"])
    "Did you mean 'dim'?"
    """
    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if matches:
        return f"Did you mean '{matches[0]}'?"
    shown = ", ".join(sorted(known)[:30])
    return f"Known: {shown}." if shown else "There are none."
