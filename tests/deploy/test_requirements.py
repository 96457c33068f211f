"""A service of exported bundles runs on what the small image installs, and on nothing else."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "deploy" / "requirements.txt"
NEEDED = (
    "alembic",
    "httptools",
    "nicegui",
    "onnxruntime",
    "opentelemetry",
    "psycopg",
    "redis",
    "tokenizers",
    "usearch",
    "uvloop",
)
OF_THE_TEST = {"genre", "httpx2"}  # httpx2 asks, and needs some more
SERVE = """
import sys
from importlib.machinery import PathFinder
import json

class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in MISSING else PathFinder.find_spec(name, path, target)

MISSING = set(json.loads(sys.argv[2]))
sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
import time
from pathlib import Path
from starlette.testclient import TestClient
from genre.cli.main import app
from genre.serving.api.security import make_key
from genre.serving.server.plan import read_plan
from genre.serving.server.process import build_app
from genre.serving.server.run import check_packages
from genre.serving.store.open import open_store
import httptools, implicit.cpu.als, onnxruntime, psycopg, redis, tokenizers, usearch.index, uvicorn, uvloop
from genre.serving.tracing.attach import exporting
from genre.serving.tracing.settings import TraceSettings

check_packages()
exporting(TraceSettings(endpoint="http://127.0.0.1:9")).shutdown()
folder = Path(sys.argv[1])
plan = read_plan(folder / "bundle", None, {"store": str(folder / "state.db"), "dashboard": True})
store = open_store(plan.store)
told, kept = make_key("default", "a test", ("admin",), time.time())
store.keys.add(kept)
with TestClient(build_app(plan, store)) as client:
    for path, body in (("recommend", {"user_id": "u1", "diversity": 0.3}), ("search", {"text": "robot"})):
        answer = client.post(f"/v1/{path}", json=body, headers={"authorization": f"Bearer {told}"})
        assert answer.status_code == 200, answer.text
assert not {"torch", "transformers"} & set(sys.modules)
"""


def plain(name):
    return re.split("[=<>]", name)[0].strip().lower().replace("_", "-")


def names(path):
    return {plain(line) for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"}


def closure(wanted):
    """Packages with all that they ask for, without extras."""
    found, left = set(), set(wanted)
    while left:
        found.add(name := left.pop())
        asked = map(Requirement, requires(name) or ())
        left |= {plain(one.name) for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})} - found
    return found


def test_versions_are_those_that_are_tested():
    assert names(REQUIREMENTS) <= names(ROOT / "constraints.txt")


def test_a_service_answers_with_these_packages_alone(tiny_model, tmp_path):
    for name in NEEDED:
        pytest.importorskip(name)
    installed = closure(names(REQUIREMENTS))
    assert not {"torch", "transformers", "peft", "lightning-fabric"} & installed
    installed |= closure(OF_THE_TEST - {"genre"}) | {"genre"}
    modules = packages_distributions().items()
    missing = [name for name, of in modules if not {plain(one) for one in of} & installed]
    assert {"torch", "transformers", "pandas", "pytest"} <= set(missing)
    tiny_model.save(tmp_path / "bundle")
    command = [sys.executable, "-c", SERVE, str(tmp_path), json.dumps(missing)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
