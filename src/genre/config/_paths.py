"""Relative paths of tables: they count from the current folder, and where nothing is there, from the recipe's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genre.config.recipe import SOURCES
from genre.core.errors import Fault, RecipeError
from genre.core.slot import ComponentError


def with_paths(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A recipe's document in which tables that lie beside the recipe are named so that they are found from here.

    Args:
        folder: that of the recipe.

    Raises:
        RecipeError: a path means one file from the current folder and another from the recipe's.
    """
    data = document.get("data")
    source = data.get("source") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(source, Mapping):
        return dict(document)
    found: dict[str, str] = {}
    faults: list[Fault] = []
    for name in _path_fields(source.get("type")):
        given = source.get(name)
        if not isinstance(given, str) or Path(given).expanduser().is_absolute():
            continue
        here, beside = Path(given), folder / given
        if not beside.exists():
            continue
        if not here.exists():
            found[name] = str(beside)
        elif not here.samefile(beside):
            what = f"'{given}' may be {here.resolve()} or {beside.resolve()}."
            faults.append(Fault(f"data.source.{name}", what, "Write the whole path of the one that is meant."))
    if faults:
        raise RecipeError(faults)
    return {**document, "data": {**data, "source": {**source, **found}}}


def _path_fields(word: Any) -> list[str]:
    """The fields of a source that hold paths; none where there is no such source."""
    try:
        config = SOURCES.component(word).config_type()
    except (ComponentError, TypeError):
        return []
    return [name for name, field in config.model_fields.items() if field.annotation in (Path, Path | None)]
