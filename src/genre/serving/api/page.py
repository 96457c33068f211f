"""The page about the API: every route with what it takes, a call of it with curl, and an answer.

`make docs` writes it anew; a test runs every call of it.
"""

from __future__ import annotations

import inspect
import json
import shlex
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

from genre.serving.api import examples
from genre.serving.api.app import DOORS, create_app
from genre.serving.api.document import JSON
from genre.serving.api.door import Door
from genre.serving.api.rules import RULES

URL = "http://127.0.0.1:8000"
KEY = '-H "Authorization: Bearer $GENRE_KEY"'
WIDE = 100


def laid_out(value: Any, indent: int = 0) -> str:
    """JSON in lines of some width: what is short stays on one.

    >>> laid_out({"a": [1, None]})
    '{"a": [1, null]}'
    """
    short = json.dumps(value, ensure_ascii=False)
    if len(short) + indent <= WIDE or not isinstance(value, (dict, list)):
        return short
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {laid_out(one, indent + 2)}" for name, one in value.items()]
    else:
        parts = [laid_out(one, indent + 2) for one in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n{inner}" + f",\n{inner}".join(parts) + f"\n{' ' * indent}{end}"


INTRO = f"""# The API

Every route with a call of it by `curl`, for a service at `{URL}` and a key in `GENRE_KEY`. The service
describes itself at `GET /openapi.json`; from Python the [client](client.md) asks the same.

- A key (`gk_...`) goes into the header `Authorization`. Each route names the scopes that open it.
- Bodies are JSON (`--json` is of curl 7.82 and later). A field that a route does not know is refused.
- Every answer has a header `x-request-id`, under which the service's log has the call; send one, and it is used.
- 429 and 503 come with `Retry-After`, in seconds.
- Events are known by their `event_id`: send a batch whose answer was lost again.
- A list made while something could not be asked, such as the store, says so in the header `genre-away`.

A refusal is a problem document that names every field at fault:

```json
{laid_out(examples.PROBLEM)}
```
"""


def page() -> str:
    """The page, in Markdown.

    Raises:
        LookupError: a route has no example of what it takes.
    """
    document = create_app((), None).openapi()  # type: ignore[arg-type] # nobody asks it
    parts = [INTRO]
    for noun, doors in groupby(DOORS, lambda door: door.enter.__module__):
        parts.append(f"## {_title(noun)}\n")
        parts += [_section(door, document) for door in doors]
    return "\n".join(parts)


def calls(door: Door, document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What an example shows, and the command.

    Raises:
        LookupError: there is no example of what the route takes.
    """
    operation = document["paths"][door.name.partition(" ")[2]][door.method.lower()]
    words = ["curl", *([] if door.method in ("GET", "POST") else ["-X", door.method]), _address(door, operation)]
    lines = [" ".join(words), *([] if RULES[door.name].is_open else [KEY])]
    if "requestBody" not in operation:
        if door.method == "POST":
            lines[0] = lines[0].replace("curl ", "curl -X POST ", 1)
        yield "", _joined(lines)
        return
    shown = operation["requestBody"]["content"][JSON].get("examples")
    if not shown:
        raise LookupError(f"{door.name}: has no example of its body.")
    for one in shown.values():
        yield one.get("summary", ""), _joined([*lines, f"--json {shlex.quote(laid_out(one['value']))}"])


def _address(door: Door, operation: dict[str, Any]) -> str:
    path, query = door.name.partition(" ")[2], {}
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            shown = one.get("examples")
            if not shown:
                raise LookupError(f"{door.name}: has no example of '{one['name']}'.")
            path = path.replace(f"{{{one['name']}}}", quote(next(iter(shown.values()))["value"], safe=""))
        elif one["in"] == "query" and "examples" in one["schema"]:
            query[one["name"]] = one["schema"]["examples"][0]
    return shlex.quote(f"{URL}{path}" + (f"?{urlencode(query)}" if query else ""))


def _title(module: str) -> str:
    told = inspect.getdoc(sys.modules[module]) or module
    return told.splitlines()[0].rstrip(".")


def _section(door: Door, document: dict[str, Any]) -> str:
    scopes = sorted(RULES[door.name].scopes)
    keys = "needs no key" if not scopes else f"a key with {_listed(scopes)}"
    parts = [f"### {door.summary}\n", f"`{door.name}`: {keys}. {inspect.getdoc(door.enter)}\n"]
    for summary, command in calls(door, document):
        parts += [f"{summary}:\n"] if summary else []
        parts.append(f"```sh\n{command}\n```\n")
    if door.example:
        parts.append(f"An answer:\n\n```json\n{laid_out(door.example)}\n```\n")
    return "\n".join(parts)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _joined(lines: list[str]) -> str:
    return " \\\n  ".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
