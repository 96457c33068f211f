"""The page about the client says what works: its code is run as it stands, its commands have the options they use."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer

from genre.cli.main import app

PAGE = Path(__file__).parents[2] / "docs" / "client.md"
TEXT = PAGE.read_text(encoding="utf-8")
URL = "http://127.0.0.1:8000"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


def test_the_code_runs_from_top_to_bottom(films, monkeypatch, capsys):
    monkeypatch.setenv("GENRE_KEY", films.key)
    code = blocks("python")
    assert len(code) == 3 and all(URL in block for block in code)
    names = {}
    for block in code:
        exec(compile(block.replace(URL, films.url), str(PAGE), "exec"), names)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("kk: is not a field. Did you mean 'k'?") for line in lines)
    pages = [json.loads(line.replace("'", '"')) for line in lines if line[0] == "["]
    assert sum(map(len, pages)) > 20 and len(pages) > 1


@pytest.mark.parametrize("line", re.findall(r"^genre .*$", TEXT, flags=re.MULTILINE))
def test_commands_have_the_options_they_use(line):
    _, name, *words = shlex.split(line.partition("  #")[0])
    known = {option for one in typer.main.get_command(app).commands[name].params for option in one.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_links_lead_somewhere():
    assert all((PAGE.parent / link).exists() for link in re.findall(r"\]\(([^)#]+)\)", TEXT))
