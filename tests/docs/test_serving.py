"""The page on serving holds: its settings load, its commands and options are there."""

import json
import re
from pathlib import Path

import jsonschema
import typer
import yaml

from genre.cli.main import app
from genre.serving.server.settings import ServerSettings, settings_schema

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "serving.md").read_text(encoding="utf-8")
SETTINGS = yaml.safe_load(re.search(r"```yaml\n(host:.*?)```", PAGE, flags=re.DOTALL)[1])


def test_the_schema_of_settings_is_the_one_in_the_docs():
    kept = json.loads((DOCS / "schemas" / "serve.schema.json").read_text(encoding="utf-8"))
    assert kept == settings_schema(), "genre schema serve --out docs/schemas/serve.schema.json"


def test_the_settings_of_the_page_load_and_fit_the_schema():
    found = ServerSettings.model_validate(SETTINGS)
    assert found.port == 8443 and set(found.tenants) == {"shop", "library"} and found.store.env == "SHOP_DATABASE"
    jsonschema.validate(SETTINGS, settings_schema())


def test_commands_and_options_of_the_page_are_there():
    commands = typer.main.get_command(app).commands
    for line in re.findall(r"^genre (.+?)(?:  .*)?$", PAGE, flags=re.MULTILINE):
        word, *rest = line.split()
        known = {option for parameter in commands[word].params for option in parameter.opts}
        assert {option for option in rest if option.startswith("-")} <= known, line
    told = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert told and told <= {option for parameter in commands["serve"].params for option in parameter.opts}
