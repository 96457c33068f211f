"""Recommendations that understand content.

>>> import genre
>>> recipe = genre.load_recipe("recipe.yaml")  # doctest: +SKIP
>>> report = genre.evaluate(recipe)            # doctest: +SKIP
>>> model = genre.fit(recipe)                  # doctest: +SKIP
>>> model.recommend(users=["u1"], k=10)        # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genre.config.loading import load_recipe
    from genre.experiment.evaluate import compare, evaluate
    from genre.pipeline.bundle import load
    from genre.pipeline.check import check
    from genre.pipeline.fit import fit
    from genre.pipeline.model import Model

__version__ = "0.1.0"
__all__ = ["Model", "check", "compare", "evaluate", "fit", "load", "load_recipe"]

_HOMES = {
    "Model": "genre.pipeline.model",
    "check": "genre.pipeline.check",
    "compare": "genre.experiment.evaluate",
    "evaluate": "genre.experiment.evaluate",
    "fit": "genre.pipeline.fit",
    "load": "genre.pipeline.bundle",
    "load_recipe": "genre.config.loading",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import genre` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'genre' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
