"""Whatever Schemathesis makes of the OpenAPI document, the service answers as the document says, and never with 5xx."""

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from tests.serving.running import running

from genre.serving.api.logs import write_logs

RULES = Path(__file__).with_name("schemathesis.toml")
N_EXAMPLES, SEED = 3, 7


@pytest.mark.slow
def test_schemathesis_finds_no_fault(open_api, tiny_model, tmp_path):
    """Examples, the edges of every field, made-up requests right and wrong, and routes one after the other."""
    pytest.importorskip("schemathesis")
    api = open_api({version: tiny_model.save(tmp_path / version) for version in ("v1", "v2")})
    root, said = logging.getLogger("genre.serving"), io.StringIO()
    before = (root.handlers, root.propagate, root.level)
    write_logs(said, logging.ERROR)
    report = tmp_path / "report.json"
    try:
        with running(api.client.app) as url:
            done = fuzz(url, api.key("admin"), report)
    finally:
        root.handlers, root.propagate, level = before
        root.setLevel(level)
    assert done.returncode == 0, done.stdout[-6000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["operations"]["tested"] == found["operations"]["total"] == len(operations(api))
    assert {name for name, phase in found["phases"].items() if phase["status"] == "success"} == set(found["phases"])
    assert found["test_cases"]["generated"] > 100 * found["operations"]["total"]
    assert said.getvalue() == ""


def fuzz(url, key, report):
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(RULES), "run", f"{url}/openapi.json"]
    options = ["--max-examples", N_EXAMPLES, "--seed", SEED, "--continue-on-failure", "--no-color"]
    report_to = ["--report", "json", "--report-json-path", report]
    authorized = ["--header", f"Authorization: Bearer {key}"]
    given = [*command, *map(str, (*options, *report_to)), *authorized]
    return subprocess.run(given, capture_output=True, text=True, timeout=280, check=False, cwd=report.parent)


def operations(api):
    """Those of the document, but for the one that it comes by, which it leaves alone itself."""
    paths = api.client.app.openapi()["paths"]
    return [(path, method) for path, methods in paths.items() if path != "/openapi.json" for method in methods]
