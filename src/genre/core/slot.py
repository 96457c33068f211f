"""A slot is a folder of interchangeable components: the module name is the YAML `type:`."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from genre.core.component import Component, ComponentConfig
from genre.core.errors import Fault, GenreError, near


class ComponentError(ValueError):
    """A component's config that does not hold: carries the inner faults so that they can be shown with full paths."""

    def __init__(
        self, message: str, inner: ValidationError | None = None, config: type[ComponentConfig] | None = None
    ) -> None:
        super().__init__(message)
        self.inner = inner
        self.config = config


@dataclass(frozen=True)
class Slot:
    """Looks up the components of one stage package and builds them.

    Used as a field annotation, `Annotated[ComponentConfig, Slot("losses")]`, it makes a pydantic field that takes a
    bare word, a mapping with `type:`, or a ready config.
    """

    name: str

    def modules(self) -> dict[str, str]:
        """Component word -> dotted module, for built-in and plugged-in components; nothing is imported."""
        return _modules(self.name)

    def types(self) -> list[str]:
        """The words that `type:` may take, sorted."""
        return sorted(self.modules())

    def component(self, word: str) -> type[Component]:
        """The class behind a word; imports that one module.

        Raises:
            ComponentError: no component of this name.
        """
        modules = self.modules()
        if word not in modules:
            raise ComponentError(
                f"'{word}' is not one of the {self.name.replace('_', ' ')}. {near(word, list(modules))}"
            )
        return _component(modules[word])

    def summary(self, word: str) -> str:
        """The first line of the component's module docstring, read without importing it."""
        spec = importlib.util.find_spec(self.modules()[word])
        if spec is None or spec.origin is None:
            return ""
        source = Path(spec.origin).read_text(encoding="utf-8")
        return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]

    def parse(self, value: Any) -> ComponentConfig:
        """A checked config from a word, a mapping with `type:`, or a ready config.

        Raises:
            ComponentError: unknown type, or a config that does not hold.
        """
        if isinstance(value, ComponentConfig):
            return value
        mapping = {"type": value} if isinstance(value, str) else value
        if not isinstance(mapping, dict):
            known = ", ".join(self.types())
            raise ComponentError(
                f"expected a name or a mapping with 'type', got {type(value).__name__}. Known: {known}."
            )
        if not isinstance(mapping.get("type"), str):
            raise ComponentError(f"'type' is missing. Known: {', '.join(self.types())}.")
        config = self.component(mapping["type"]).config_type()
        try:
            return config.model_validate({key: item for key, item in mapping.items() if key != "type"})
        except ValidationError as error:
            raise ComponentError(f"{mapping['type']}: {error.error_count()} faults", error, config) from None

    def build(self, value: Any) -> Any:
        """The component for a config (or anything `parse` takes)."""
        config = self.parse(value)
        return self.component(config.type_name())(config)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.parse, serialization=core_schema.plain_serializer_function_ser_schema(dump)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"x-slot": self.name}


def dump(config: ComponentConfig) -> dict[str, Any]:
    """A config as a mapping with `type:` first, the inverse of `Slot.parse`."""
    return {"type": config.type_name(), **config.model_dump(mode="json")}


@cache
def _modules(slot: str) -> dict[str, str]:
    package = importlib.import_module(f"genre.{slot}")
    found: dict[str, str] = {}
    for module in _walk(package.__path__, package.__name__):
        found[module.rpartition(".")[2]] = module
    for point in entry_points(group=f"genre.{slot}"):
        _plug(found, point, slot)
    return found


def _plug(found: dict[str, str], point: EntryPoint, slot: str) -> None:
    if point.name in found:
        raise GenreError(
            Fault(
                f"plugin {point.value}",
                f"'{point.name}' is already one of the {slot}: {found[point.name]}.",
                "Rename the plugin's entry point or uninstall one of the two.",
            )
        )
    if point.module.rpartition(".")[2] != point.name:
        raise GenreError(
            Fault(
                f"plugin {point.value}",
                f"the entry point is called '{point.name}', its module is not.",
                "Give the module the name of the entry point: it is the word in recipes.",
            )
        )
    found[point.name] = point.module


def _walk(paths: Any, prefix: str) -> Iterator[str]:
    for entry in pkgutil.iter_modules(paths):
        if entry.name.startswith("_") or entry.name == "base":
            continue
        name = f"{prefix}.{entry.name}"
        if entry.ispkg:
            spec = importlib.util.find_spec(name)
            if spec is not None:
                yield from _walk(spec.submodule_search_locations or [], name)
        else:
            yield name


@cache
def _component(module_name: str) -> type[Component]:
    module = importlib.import_module(module_name)
    classes = [
        item
        for item in vars(module).values()
        if inspect.isclass(item)
        and issubclass(item, Component)
        and item.__module__ == module_name
        and not item.__name__.startswith("_")
    ]
    if len(classes) != 1:
        raise GenreError(Fault(module_name, f"holds {len(classes)} components.", "One module holds one component."))
    return classes[0]
