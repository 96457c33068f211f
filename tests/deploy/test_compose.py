"""What compose.yaml and the Dockerfile say fits the service that they start."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from typer.testing import CliRunner

from genre.cli.main import app
from genre.serving.api.app import DOORS
from genre.serving.api.rules import RULES
from genre.serving.server.plan import read_plan

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")
GIVEN = {"POSTGRES_PASSWORD": "p0", "REDIS_PASSWORD": "r0", "GRAFANA_PASSWORD": "g0", "GENRE_MODELS": "/models"}


def filled(text):
    """With variables as compose puts them in: `${NAME:-default}`, `${NAME:?fault}`."""
    return VARIABLE.sub(lambda found: GIVEN.get(found[1], found[3] if found[2] == "-" else ""), text)


def instructions(stage=None):
    """(word, rest) of the Dockerfile, of one stage or all."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    lines = [line.split(maxsplit=1) for line in joined.splitlines() if line and not line.startswith("#")]
    found, here = [], None
    for word, rest in lines:
        here = rest.rpartition(" AS ")[2] if word == "FROM" else here
        found += [(word, rest)] if stage in (None, here) else []
    return found


def test_the_service_takes_its_settings(monkeypatch, tmp_path):
    service = SERVICES["genre"]
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, filled(value))
    command, bundle, flag, file = service["command"]
    mounted = dict(reversed(one.split(":")[:2]) for one in map(filled, service["volumes"]))
    assert (command, flag) == ("serve", "--settings") and mounted[bundle] == GIVEN["GENRE_MODELS"]
    plan = read_plan(tmp_path, DEPLOY / mounted[file])
    assert plan.store == "postgresql://genre:p0@postgres:5432/genre" and plan.redis == "redis://:r0@redis:6379/0"
    assert plan.settings.host == "0.0.0.0" and plan.settings.api.open_metrics and plan.settings.stream is not None
    assert str(plan.settings.key_file).startswith("/state/") and "/state" in mounted
    assert service["stop_grace_period"] == "40s" and plan.settings.drain_s < 40
    assert filled(service["ports"][0]) == f"127.0.0.1:8000:{plan.settings.port}"


def test_addresses_name_services_and_their_users():
    for name, place in (("GENRE_STORE", "postgres"), ("GENRE_REDIS", "redis")):
        url = urlsplit(filled(SERVICES["genre"]["environment"][name]))
        assert url.hostname == place and SERVICES["genre"]["depends_on"][place] == {"condition": "service_healthy"}
    postgres = SERVICES["postgres"]["environment"]
    store = urlsplit(filled(SERVICES["genre"]["environment"]["GENRE_STORE"]))
    assert (store.username, store.path) == (postgres["POSTGRES_USER"], f"/{postgres['POSTGRES_DB']}")
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    assert scraped[0]["static_configs"] == [{"targets": ["genre:8000"]}]
    (source,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_healthy_restarted_and_for_this_machine_alone(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert name == "genre" or {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert all(one.startswith("127.0.0.1:") for one in service.get("ports", ()))
    assert "build" in service or re.search(r":v?\d", service["image"])
    named = {one.split(":")[0] for one in service.get("volumes", ()) if one[0] not in "./$"}
    assert named <= set(COMPOSE["volumes"])
    mounted = [one.split(":")[0] for one in service.get("volumes", ()) if one.startswith("./")]
    assert all((DEPLOY / one).exists() for one in mounted)


def test_secrets_come_from_the_environment_alone():
    named = {found[1]: found[2] for found in VARIABLE.finditer((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))}
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / ".env.example").read_text().splitlines()
        if "=" in line and line[0] != "#"
    )
    assert set(named) == set(example)
    for name in (one for one in named if one.endswith("PASSWORD")):
        assert named[name] == "?" and example[name] == ""
    secrets = [
        value for one in SERVICES.values() for key, value in one.get("environment", {}).items() if "PASSWORD" in key
    ]
    assert secrets and all(VARIABLE.fullmatch(value) for value in secrets)


def test_the_image_runs_commands_that_there_are():
    (start,) = [yaml.safe_load(rest) for word, rest in instructions("service") if word == "CMD"]
    help_text = CliRunner().invoke(app, [start[0], "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert all(one in help_text for one in start if one.startswith("--"))
    (check,) = [rest for word, rest in instructions("service") if word == "HEALTHCHECK"]
    path = re.search(r"8000(/[\w/]+)", check)[1]
    assert f"GET {path}" in {door.name for door in DOORS} and RULES[f"GET {path}"].is_open
    compile(yaml.safe_load(check.partition(" CMD ")[2])[2], "check", "exec")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [rest for word, rest in instructions("service") if word == "ENTRYPOINT"] == ['["genre"]']
    assert "genre" in project["scripts"]


def test_the_image_is_not_of_root_and_its_last_stage_is_the_small_one():
    for stage in ("lean", "full"):
        assert instructions(stage)[-1] == ("USER", "10001:10001")
    assert [rest for word, rest in instructions() if word == "FROM"][-1] == "service AS lean"
    copied = [
        one for word, rest in instructions() if word == "COPY" and "--from" not in rest for one in rest.split()[:-1]
    ]
    assert all((ROOT / one).exists() for one in copied)
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    assert set(copied) == allowed
    extras = re.search(r"\.\[([\w,]+)\]", DOCKERFILE)[1].split(",")
    assert set(extras) <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
