"""README.zh-CN.md names what exists: its recipes hold, its commands and options are there, its links lead somewhere."""

import ast
import re
from pathlib import Path

import pytest
import typer

import genre
from genre.cli.main import app
from genre.config.documents import parse_yaml
from genre.config.loading import load_recipe
from genre.pipeline.model import Model

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands
RECIPE = ROOT / "recipes" / "anime_zh.yaml"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


CALLS = sorted({tuple(line.split()) for line in re.findall(r"(?:^|`)genre ([a-z][^`\n]*)", TEXT, flags=re.MULTILINE)})
"""Every command line, also those inside sentences."""


def test_the_recipe_is_the_one_that_is_shipped():
    whole, part = blocks("yaml")
    assert load_recipe(parse_yaml(whole)) == load_recipe(RECIPE)
    features = parse_yaml(part)["features"]
    recipe = load_recipe({**parse_yaml(whole), "features": features})
    model = recipe.features[0].encoder
    assert (model.type_name(), model.model, model.prefix) == (
        "transformer",
        "./models/multilingual-e5-small",
        "query: ",
    )


def test_the_walk_through_goes_through_the_commands():
    assert {call[0] for call in CALLS} >= {"init", "check", "evaluate", "fit", "recommend", "components", "schema"}
    assert {f"make {target}" for target in ("demo", "test")} <= set(re.findall(r"make \w+", TEXT))


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_command_and_its_options_exist(call):
    command, *rest = call
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known
    assert all((ROOT / word).is_file() for word in rest if word.startswith("recipes/"))


def test_options_in_sentences_exist():
    known = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"(?<=[` ])--[a-z-]+", TEXT))
    assert named and named <= known


@pytest.mark.parametrize("words", re.findall(r"--set (\S+?=\S+?)[ `]", TEXT))
def test_an_override_fits_the_recipe(words):
    assert load_recipe(RECIPE, [words]) != load_recipe(RECIPE)


def test_python_names_exist():
    (code,) = blocks("python")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = {"genre": genre, "model": Model}.get(node.value.id)
            fields = getattr(owner, "__dataclass_fields__", {})
            assert owner is None or hasattr(owner, node.attr) or node.attr in fields, node.attr


def test_links_lead_somewhere():
    named = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if not link.startswith("http")]
    assert named and all((ROOT / link).exists() for link in named)
    assert "(README.zh-CN.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
