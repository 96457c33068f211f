"""Every alert fires on planted figures that it is about, and on no others."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = ("rules.yml", "alerts.yml")
MINUTES, STEP = 240, 2
N = MINUTES // STEP
NOW_S = MINUTES * 60
DAY_S = 86_400
WHO = 'tenant="shop",instance="genre:8000"'
ASK = f'route="POST /v1/recommend",{WHO}'
NOTE = f'source="api",{WHO}'
LIST = f'kind="recommend",{WHO}'
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def steady(value):
    return f"{value}x{N}"


def grows(by):
    """A counter that grows by so many a minute."""
    return f"0+{by * STEP}x{N}"


# figures of a service that does well: 120 requests, lists and events a minute
WELL = {
    'up{job="genre",instance="genre:8000"}': steady(1),
    'genre_process_start_time_seconds{instance="genre:8000"}': steady(1),
    'genre_process_resident_memory_bytes{instance="genre:8000"}': steady(8e8),
    'genre_workers{instance="genre:8000"}': steady(2),
    f'genre_model_active{{version="a",{WHO}}}': steady(2),
    f'genre_model_active{{version="b",{WHO}}}': steady(0),
    f'genre_request_seconds_bucket{{le="0.01",{ASK}}}': grows(120),
    f'genre_request_seconds_bucket{{le="0.5",{ASK}}}': grows(120),
    f'genre_request_seconds_bucket{{le="+Inf",{ASK}}}': grows(120),
    f'genre_requests_total{{status="200",{ASK}}}': grows(120),
    f'genre_lists_total{{fallback="none",{LIST}}}': grows(90),
    f'genre_lists_total{{fallback="popular",{LIST}}}': grows(30),
    f"genre_short_lists_total{{{LIST}}}": grows(1),
    f"genre_coverage{{{WHO}}}": steady(0.4),
    f'genre_event_lag_seconds_bucket{{le="0.05",{NOTE}}}': grows(120),
    f'genre_event_lag_seconds_bucket{{le="5.0",{NOTE}}}': grows(120),
    f'genre_event_lag_seconds_bucket{{le="+Inf",{NOTE}}}': grows(120),
    f'genre_event_age_seconds_bucket{{le="60.0",{NOTE}}}': grows(120),
    f'genre_event_age_seconds_bucket{{le="86400.0",{NOTE}}}': grows(120),
    f'genre_event_age_seconds_bucket{{le="+Inf",{NOTE}}}': grows(120),
    f"genre_newest_event_time_seconds{{{WHO}}}": grows(60),
    f"genre_model_fitted_time_seconds{{{WHO}}}": steady(NOW_S - 3 * DAY_S),
    f"genre_waiting_items{{{WHO}}}": steady(0),
    f"genre_refused_items{{{WHO}}}": steady(0),
    f"genre_stream_oldest_seconds{{{WHO}}}": steady(0),
    f"genre_stream_away{{{WHO}}}": steady(0),
    f"genre_stream_refused_total{{{WHO}}}": steady(0),
    f"genre_store_up{{{WHO}}}": steady(1),
    f"genre_changes_behind{{{WHO}}}": steady(3),
    f'genre_refusals_total{{reason="key",{WHO}}}': grows(6),
    f'genre_refusals_total{{reason="rate",{WHO}}}': grows(1),
}
# what is otherwise -> the alerts that fire, and no other
CASES = {
    "all is well": ({}, set()),
    "nobody asks": ({name: steady(0) for name in WELL if "_total" in name or "_bucket" in name}, set()),
    "the instance is gone": ({'up{job="genre",instance="genre:8000"}': steady(0)}, {"GenreDown"}),
    "processes begin again": (
        {'genre_process_start_time_seconds{instance="genre:8000"}': f"1+120x{N}"},
        {"GenreRestarts"},
    ),
    "memory": ({'genre_process_resident_memory_bytes{instance="genre:8000"}': steady(5e9)}, {"GenreMemory"}),
    "two versions": ({f'genre_model_active{{version="b",{WHO}}}': steady(1)}, {"GenreVersionsDiffer"}),
    "slow": ({f'genre_request_seconds_bucket{{le="0.01",{ASK}}}': grows(90)}, {"GenreSlow"}),
    "a bulk route may be slow": (
        {
            f'genre_request_seconds_bucket{{le="{le}",route="PUT /v1/items",{WHO}}}': grows(by)
            for le, by in (("0.01", 0), ("0.5", 0), ("+Inf", 5))
        },
        set(),
    ),
    "errors": ({f'genre_requests_total{{status="503",{ASK}}}': grows(3)}, {"GenreErrors"}),
    "one error": ({f'genre_requests_total{{status="500",{ASK}}}': grows(1)}, set()),
    "refusals are no errors": ({f'genre_requests_total{{status="429",{ASK}}}': grows(60)}, set()),
    "empty lists": ({f"genre_empty_lists_total{{{LIST}}}": grows(3)}, {"GenreEmptyLists"}),
    "short lists": ({f"genre_short_lists_total{{{LIST}}}": grows(12)}, {"GenreShortLists"}),
    "fallback": ({f'genre_lists_total{{fallback="popular",{LIST}}}': grows(150)}, {"GenreFallback"}),
    "the same few items": ({f"genre_coverage{{{WHO}}}": steady(0.01)}, {"GenreNarrow"}),
    "events wait": ({f'genre_event_lag_seconds_bucket{{le="0.05",{NOTE}}}': grows(60)}, {"GenreEventLag"}),
    "events of yesterday": ({f'genre_event_age_seconds_bucket{{le="60.0",{NOTE}}}': grows(10)}, {"GenreEventsLate"}),
    "no event comes": ({f"genre_newest_event_time_seconds{{{WHO}}}": steady(NOW_S - 7200)}, {"GenreNoEvents"}),
    "an old model": (
        {f"genre_model_fitted_time_seconds{{{WHO}}}": steady(NOW_S - 15 * DAY_S)},
        {"GenreModelOld"},
    ),
    "items wait": ({f"genre_waiting_items{{{WHO}}}": steady(7)}, {"GenreItemsWait"}),
    "items are refused": ({f"genre_refused_items{{{WHO}}}": steady(7)}, {"GenreItemsRefused"}),
    "the stream is behind": ({f"genre_stream_oldest_seconds{{{WHO}}}": steady(90)}, {"GenreStreamBehind"}),
    "the stream is away": ({f"genre_stream_away{{{WHO}}}": steady(1)}, {"GenreStreamAway"}),
    "the stream holds no events": ({f"genre_stream_refused_total{{{WHO}}}": grows(1)}, {"GenreStreamRefused"}),
    "the store is away": ({f"genre_store_up{{{WHO}}}": steady(0)}, {"GenreStoreAway"}),
    "the store was away for a moment": ({f"genre_store_up{{{WHO}}}": f"1x{N - 2} 0 1"}, set()),
    "a process is behind": ({f"genre_changes_behind{{{WHO}}}": steady(20_000)}, {"GenreBehind"}),
    "somebody tries keys": ({f'genre_refusals_total{{reason="key",{WHO}}}': grows(120)}, {"GenreWrongKeys"}),
    "too many requests": ({f'genre_refusals_total{{reason="quota",{WHO}}}': grows(60)}, {"GenreTooManyRequests"}),
}


def told(case):
    changes, fired = CASES[case]
    series = [{"series": name, "values": values} for name, values in (WELL | changes).items()]
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(fired)]
    asked = 'sum by (alertname) (ALERTS{alertstate="firing"}) ^ 0'
    return {
        "name": case,
        "interval": f"{STEP}m",
        "input_series": series,
        "promql_expr_test": [{"expr": asked, "eval_time": f"{MINUTES}m", "exp_samples": samples}],
    }


@needs_promtool
def test_alerts_fire_when_they_should_and_not_otherwise(tmp_path):
    for name in RULES:
        shutil.copy(PROMETHEUS / name, tmp_path)
    document = {"rule_files": list(RULES), "evaluation_interval": f"{STEP}m", "tests": [told(case) for case in CASES]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(document))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_in_some_case():
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    names = {rule["alert"] for group in groups for rule in group["rules"]}
    assert names == set().union(*(fired for _, fired in CASES.values()))


def test_every_alert_says_what_and_what_to_do():
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        assert set(rule["annotations"]) == {"summary", "mend"} and rule["labels"]["severity"] in ("page", "warn")


@needs_promtool
def test_promtool_takes_the_configuration():
    done = subprocess.run(
        ["promtool", "check", "config", PROMETHEUS / "prometheus.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
