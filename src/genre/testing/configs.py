"""What every component owes: a config that says what it is, and examples that build."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from genre.core.component import Component, ComponentConfig

Example = dict[str, Any]


def check_names(component: type[Component], example: Example) -> None:
    """`item_knn.py` holds ItemKnnConfig and ItemKnn with the slot's word behind it; its first line says what it is."""
    word = "".join(part.capitalize() for part in component.config_type().type_name().split("_"))
    kind = [base.__name__ for base in component.__mro__[1:] if base.__module__.endswith(".base")][-1]
    assert component.__name__ == word + kind, f"{component.__name__} should be called {word}{kind}"
    assert component.config_type().__name__ == word + "Config", f"its config should be called {word}Config"
    module = inspect.getmodule(component)
    assert module is not None and (module.__doc__ or "").strip(), f"{component.__module__} has no docstring"


def check_examples(component: type[Component], example: Example) -> None:
    """Examples are there, and written for this component where its config has fields."""
    assert component.EXAMPLES, f"{component.__name__} has no EXAMPLES"
    has_own = any("EXAMPLES" in vars(base) for base in component.__mro__[:-2] if base is not Component)
    fields = component.config_type().model_fields
    assert has_own or not fields, f"{component.__name__} has fields ({', '.join(fields)}) and no EXAMPLES of its own"


def check_config_round_trip(component: type[Component], example: Example) -> None:
    """A config survives being written as JSON and read again."""
    config = component.config_type().model_validate(example)
    document = json.loads(json.dumps(config.model_dump(mode="json"), allow_nan=False))
    assert component.config_type().model_validate(document) == config, f"{document} does not give the config back"


def check_extra_keys_refused(component: type[Component], example: Example) -> None:
    """A misspelt key is an error, also inside sections of the config."""
    for model in _models(component.config_type()):
        assert model.model_config.get("extra") == "forbid", f"{model.__name__} lets unknown keys pass"
        assert model.model_config.get("frozen"), f"{model.__name__} can be changed after it was checked"
    try:
        component.config_type().model_validate({**example, "no_such_key": 1})
    except ValidationError:
        return
    raise AssertionError(f"{component.config_type().__name__} takes the key 'no_such_key'")


def check_fields_described(component: type[Component], example: Example) -> None:
    """Every hyper-parameter says what it does."""
    for model in _models(component.config_type()):
        bare = [name for name, field in model.model_fields.items() if not (field.description or "").strip()]
        assert not bare, f"{model.__name__}: no description of {', '.join(bare)}"
        assert (model.__doc__ or "").strip(), f"{model.__name__} has no docstring"


def check_builds(component: type[Component], example: Example) -> None:
    """Building is cheap talk: a component keeps its config and does nothing else."""
    config = component.config_type().model_validate(example)
    assert component(config).config is config
    assert isinstance(config, ComponentConfig)


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A config and the sections inside it."""
    yield model
    for field in model.model_fields.values():
        for inner in _classes(field.annotation):
            if issubclass(inner, BaseModel) and inner is not ComponentConfig:
                yield from _models(inner)


def _classes(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)
