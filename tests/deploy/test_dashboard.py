"""The Grafana dashboard shows every metric that a real application tells, and no other."""

import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from genre.serving.api.app import create_app
from genre.serving.api.settings import ApiSettings
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore
from genre.serving.stream.attach import Lags

DEPLOY = Path(__file__).parents[2] / "deploy"
GRAFANA = DEPLOY / "grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards" / "genre.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
NAME = re.compile(r"\bgenre_\w+")


@pytest.fixture(scope="module")
def told(tiny_model, tmp_path_factory):
    """Names of the series that an application tells, those too of which there is none yet."""
    store = SqlStore.open(tmp_path_factory.mktemp("told") / "state.db")
    tenant = Tenant("shop", Service(tiny_model, "v", store), store)
    app = create_app(tenant, store.keys, ApiSettings(open_metrics=True))
    app.state.desk.metrics.watch(Lags({}))
    with TestClient(app) as client:
        families = list(text_string_to_metric_families(client.get("/metrics").text))
    store.close()
    return {name for one in families for name in series(one) if not name.endswith("_created")}


def series(family):
    if family.type == "histogram":
        return {f"{family.name}_bucket"}
    return {f"{family.name}_total" if family.type == "counter" else family.name}


def test_it_is_the_one_that_its_table_makes():
    assert runpy.run_path(str(GRAFANA / "dashboard.py"))["dashboard"]() == DASHBOARD


def test_panels_name_metrics_that_there_are_and_leave_none_out(told):
    assert {name for expr in EXPRESSIONS for name in NAME.findall(expr)} == told
    choices = [one["query"]["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
    assert {name for query in choices for name in NAME.findall(query)} <= told


@pytest.mark.parametrize("name", ["rules.yml", "alerts.yml"])
def test_rules_name_metrics_that_there_are(told, name):
    groups = yaml.safe_load((DEPLOY / "prometheus" / name).read_text())["groups"]
    rules = [rule["expr"] for group in groups for rule in group["rules"]]
    assert {one for expr in rules for one in NAME.findall(expr)} <= told


def test_recorded_names_that_alerts_use_are_recorded():
    folder = DEPLOY / "prometheus"
    recorded = re.findall(r"record: (\S+)", (folder / "rules.yml").read_text())
    assert set(re.findall(r"genre(?::\w+)+", (folder / "alerts.yml").read_text())) <= set(recorded)


def test_variables_are_those_that_are_offered():
    offered = {one["name"] for one in DASHBOARD["templating"]["list"]} | {"__rate_interval"}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(PANELS)))
    assert used == offered


def test_panels_lie_side_by_side():
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_reads_every_expression(tmp_path):
    filled = [
        expr.replace("$__rate_interval", "5m").replace("$tenant", ".*").replace("$route", ".*") for expr in EXPRESSIONS
    ]
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(filled)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    command = ["promtool", "check", "rules", tmp_path / "rules.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"{len(rules)} rules found" in done.stdout, done.stdout + done.stderr
