"""The page on exported bundles holds: its commands, options and refusals are there."""

import re
from pathlib import Path

import typer

from genre.cli.main import app
from genre.config.recipe import ENCODERS
from genre.core.slot import Slot
from genre.pipeline.export import REPORT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands


def options(command):
    return {option for one in COMMANDS[command].params for option in (*one.opts, *one.secondary_opts)}


def test_commands_and_options_are_there():
    for line in re.findall(r"^genre (.+)$", PAGE, flags=re.MULTILINE):
        word, *rest = line.split()
        assert {option for option in rest if option.startswith("-")} <= options(word), line
    told = set(re.findall(r"^\| `(--[a-z0-9-]+)", PAGE, flags=re.MULTILINE))
    assert told and told <= options("export")
    assert options("export") - {"bundle", "--out", "-o", "--float32"} == told


def test_what_is_refused_is_what_there_is():
    refused = PAGE.partition("## What is refused")[2]
    words = {word for slot in ("matching", "user_towers", "encoders") for word in Slot(slot).types()}
    named = set(re.findall(r"`([a-z_]+)`", refused))
    assert {"mlp", "target_attention", "lstm", "cnn_text", "category"} <= named <= words
    for word in ("lstm", "cnn_text", "cnn_image", "mel_cnn"):
        assert ENCODERS.build(word).needs_torch
    assert not ENCODERS.build("category").needs_torch


def test_files_it_names_are_there():
    assert REPORT in PAGE
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
