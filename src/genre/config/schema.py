"""The recipe's JSON schema, for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from genre.config.recipe import SLOTS, Recipe
from genre.core.slot import Slot


def recipe_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a recipe with every installed component; imports all of them."""
    schema = Recipe.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for slot in SLOTS:
        definitions[f"slot.{slot.name}"] = _slot_schema(slot, definitions)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return dict(_with_references(schema))


def _with_references(node: Any) -> Any:
    """Slots mark their fields with `x-slot`, which pydantic leaves alone; here they become references."""
    if isinstance(node, list):
        return [_with_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    resolved = {key: _with_references(item) for key, item in node.items() if key != "x-slot"}
    return {**resolved, "$ref": f"#/$defs/slot.{node['x-slot']}"} if "x-slot" in node else resolved


def _slot_schema(slot: Slot, definitions: dict[str, Any]) -> dict[str, Any]:
    choices: list[dict[str, Any]] = [{"type": "string", "enum": slot.types()}]
    for word in slot.types():
        config = slot.component(word).config_type().model_json_schema()
        definitions.update(config.pop("$defs", {}))
        config["properties"] = {"type": {"const": word}, **config.get("properties", {})}
        config["required"] = ["type", *config.get("required", [])]
        config["title"], config["description"] = word, slot.summary(word)
        definitions[f"{slot.name}.{word}"] = config
        choices.append({"$ref": f"#/$defs/{slot.name}.{word}"})
    return {"anyOf": choices}
