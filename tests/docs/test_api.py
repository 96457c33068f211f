"""The page about the API is the one that the routes make, and every call on it works as it stands."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.serving.api.document import check

from genre.serving.api.app import DOORS
from genre.serving.api.page import URL, calls, page

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
SECTION = re.compile(r"^`((?:GET|POST|PUT|PATCH|DELETE) /\S*)`: ", flags=re.MULTILINE)


def told():
    """(route, calls) in the order of the page."""
    _, *parts = SECTION.split(PAGE.read_text(encoding="utf-8"))
    return [
        (name, re.findall(r"^```sh\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE))
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def test_the_page_is_the_one_that_the_routes_make():
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"


def test_every_route_has_a_call_of_its_own_method_and_path():
    by_name = dict(told())
    assert list(by_name) == [door.name for door in DOORS]
    for name, commands in by_name.items():
        method, path = name.split()
        pattern = re.escape(URL) + re.sub(r"\{\w+\}", "[^/? ]+", path)
        assert commands
        for command in commands:
            given = re.search(r"-X (\w+)", command)
            assert (given[1] if given else "POST" if "--json" in command else "GET") == method
            assert re.search(pattern + r"(?=[?' \n])", command), command


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_call_is_answered_as_the_document_says(films, tmp_path):
    document = films.app.openapi()
    for door, (name, commands) in zip(DOORS, told(), strict=True):
        operation = document["paths"][name.split()[1]][door.method.lower()]
        for command in commands:
            status, kind, content = curl(command, films, tmp_path)
            assert status == door.status, (command, content)
            schema = operation["responses"][str(status)]["content"][kind]["schema"]
            check(document, schema, json.loads(content) if kind == "application/json" else content)


def curl(command, films, folder):
    """Status, type and content of what a command of the page gets."""
    tail = f" -sS --max-time 20 -o {folder / 'answer'} -w '%{{http_code}} %{{content_type}}'"
    done = subprocess.run(
        ["sh", "-c", command.strip().replace(URL, films.url) + tail],
        env={**os.environ, "GENRE_KEY": films.key, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr)
    status, kind = done.stdout.split(maxsplit=1)
    return int(status), kind.partition(";")[0], (folder / "answer").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("POST /v1/recommend", lambda operation: operation["requestBody"]["content"]["application/json"]),
        ("GET /v1/items/{item_id}", lambda operation: operation["parameters"][0]),
    ],
)
def test_a_route_without_an_example_makes_no_page(films, name, lost):
    document = json.loads(json.dumps(films.app.openapi()))
    (door,) = (door for door in DOORS if door.name == name)
    assert list(calls(door, document))
    del lost(document["paths"][name.split()[1]][door.method.lower()])["examples"]
    with pytest.raises(LookupError, match="has no example of"):
        list(calls(door, document))
