"""PyKEEN as a guest: imported late, at home in our cache folder, its models by name."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from genre.core.cache_dir import VARIABLE, cache_dir
from genre.core.errors import DataError, Fault, MissingExtraError, near

_HOME = "PYSTOW_HOME"
"""PyKEEN makes its folders when it is imported, in the user's home unless this variable says otherwise."""


def missing_package() -> tuple[Fault, ...]:
    """The fault of PyKEEN not being installed."""
    return () if importlib.util.find_spec("pykeen") is not None else _missing().faults


def pykeen(module: str) -> ModuleType:
    """A module of PyKEEN, or one of ours that needs it.

    Raises:
        MissingExtraError: PyKEEN is not installed.
        DataError: the cache folder cannot be written.
    """
    if missing_package():
        raise _missing()
    with _at_home():
        return importlib.import_module(module)


def version() -> str:
    """PyKEEN's version."""
    from importlib.metadata import version as installed

    return installed("pykeen")


def model_class(word: str) -> Any:
    """PyKEEN's model of this name, however its letters are cased.

    Raises:
        DataError: there is none that learns from triples alone.
    """
    models = pykeen("pykeen.models")
    more = (models.LiteralModel, models.InductiveERModel)
    classes = {_plain(model.__name__): model for model in models.model_resolver.lookup_dict.values()}
    fitting = {
        name: model
        for name, model in classes.items()
        if issubclass(model, models.ERModel) and not issubclass(model, more)
    }
    found = _plain(word)
    if found not in fitting:
        is_known = found in classes
        what = "needs more than triples." if is_known else "is not one of PyKEEN's models."
        names = [model.__name__ for model in fitting.values()]
        mend = "Try TransE, RotatE, ComplEx or DistMult." if is_known else near(word, names)
        raise DataError(Fault("model", f"'{word}' {what}", mend))
    return fitting[found]


def _plain(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


def _missing() -> MissingExtraError:
    return MissingExtraError("pykeen", "graph", "knowledge_graph")


@contextmanager
def _at_home() -> Iterator[None]:
    """Inside, PyKEEN finds our cache folder as its home; one that the user chose stays."""
    if _HOME in os.environ:
        yield
        return
    home = cache_dir() / "pykeen"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = f"Set {VARIABLE} to a folder that can be written."
        raise DataError(Fault(str(home), f"cannot be made: {error.strerror}.", mend)) from None
    os.environ[_HOME] = str(home)
    try:
        yield
    finally:
        del os.environ[_HOME]
