"""What pages are made from, without a browser."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from genre.core.errors import RecipeError
from genre.ranking.filter import FilterConfig
from genre.serving.api.metrics import BUCKETS_S
from genre.serving.api.security import make_key
from genre.serving.dashboard.charts import area, path, round_up
from genre.serving.dashboard.faces import title_column
from genre.serving.dashboard.pages.catalogue import condition
from genre.serving.dashboard.parts import millis, percent, plain, shown
from genre.serving.dashboard.pulse import Pulse, quantile
from genre.serving.dashboard.sessions import Sessions
from genre.serving.dashboard.tries import Tries


def test_without_a_dashboard_nicegui_is_not_imported():
    code = "import sys, genre.serving.api.app, genre.serving.server.parts; assert 'nicegui' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_quantiles_are_those_of_the_times_within_the_width_of_a_bound():
    times = np.random.default_rng(1).gamma(2.0, 0.004, 4000)
    histogram = Histogram("h", "", buckets=BUCKETS_S, registry=CollectorRegistry())
    for one in times:
        histogram.observe(one)
    seconds = {float(s.labels["le"]): s.value for s in histogram.collect()[0].samples if s.name == "h_bucket"}
    for share in (0.1, 0.5, 0.9, 0.99):
        true = np.quantile(times, share)
        low = max([0.0, *(bound for bound in BUCKETS_S if bound <= true)])
        high = min(bound for bound in BUCKETS_S if bound > true)
        assert low <= quantile(seconds, share) <= high
    assert quantile({0.1: 2.0, 0.2: 4.0, float("inf"): 4.0}, 0.75) == pytest.approx(0.15)
    assert quantile({0.1: 0.0, float("inf"): 3.0}, 0.5) == 0.1
    assert quantile({}, 0.5) is None and quantile({0.1: 0.0, float("inf"): 0.0}, 0.5) is None


class Counts:
    """Counts as the API keeps them, of one tenant."""

    def __init__(self):
        self.registry = own = CollectorRegistry()
        self.seconds = Histogram("genre_request_seconds", "", ("route",), buckets=BUCKETS_S, registry=own)
        self.requests = Counter("genre_requests", "", ("route", "status"), registry=own)
        self.lists = Counter("genre_lists", "", ("kind", "fallback"), registry=own)
        self.events = Counter("genre_events", "", ("known",), registry=own)

        self.coverage = Gauge("genre_coverage", "", registry=own)

    def refresh(self):
        self.coverage.set(0.25)

    def samples(self, tenant):
        return (sample for metric in self.registry.collect() for sample in metric.samples)

    def answered(self, route, status, seconds, n=1):
        for _ in range(n):
            self.seconds.labels(route).observe(seconds)
            self.requests.labels(route, status).inc()


def test_the_pulse_is_what_happened_lately():
    counts, now = Counts(), [1000.0]
    pulse = Pulse(counts, "mine", lambda: now[0])
    now[0] = 1100.0
    counts.answered("POST /v1/recommend", "200", 0.004, 50)
    counts.answered("GET /dashboard", "500", 9.0)
    counts.events.labels("no").inc(30)
    counts.events.labels("yes").inc(5)
    first = pulse.feel()
    assert first.span_s == 100 and first.requests_per_s == 0.5 and first.events_per_minute == pytest.approx(18)
    assert 0.0025 <= first.p50_s <= 0.005 and first.failed_per_minute == 0 and first.fallback is None
    assert first.coverage == 0.25
    now[0] = 1110.0
    counts.answered("POST /v1/recommend", "503", 0.2)
    counts.lists.labels("recommend", "none").inc(3)
    counts.lists.labels("search", "popular").inc()
    second = pulse.feel()
    assert second.span_s == 10 and second.requests_per_s == pytest.approx(0.1) and second.fallback == 0.25
    assert second.failed_per_minute == pytest.approx(6) and 0.1 <= second.p99_s <= 0.25
    now[0] = 1110.1
    assert pulse.feel() == second
    now[0] = 9000.0
    assert pulse.feel().requests_per_s == 0 and len(pulse.history()) == 1


def test_sessions_are_over_in_time():
    now = [1000.0]
    sessions, others = Sessions(2.0, lambda: now[0]), Sessions(2.0, lambda: now[0])
    _, key = make_key("t", "n", ["admin"], 0.0)
    session, token = sessions.begin(key)
    assert sessions.read(token) == session and session.ends_at == 1000 + 7200
    assert others.read(token) is None and sessions.read("") is None and sessions.read("ä.ö") is None
    now[0] += 7199
    assert sessions.is_open(session)
    now[0] += 1
    assert sessions.read(token) is None


def test_an_address_tries_so_often():
    now = [0.0]
    tries = Tries(2, lambda: now[0])
    tries.failed("a")
    now[0] = 10.0
    assert tries.wait_s("a") == 0
    tries.failed("a")
    assert tries.wait_s("a") == 50 and tries.wait_s("b") == 0
    now[0] = 60.0
    assert tries.wait_s("a") == 0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("", "x"), None),
        (("year", " "), None),
        (("genres", "space"), {"column": "genres", "contains": "space"}),
        (("text", "Star"), {"column": "text", "contains": "Star"}),
        (("year", "1990"), {"column": "year", "equals": 1990.0}),
        (("year", "1990-1999"), {"column": "year", "at_least": 1990.0, "at_most": 1999.0}),
        (("year", "-5--1"), {"column": "year", "at_least": -5.0, "at_most": -1.0}),
        (("is_new", "Yes"), {"column": "is_new", "equals": True}),
    ],
)
def test_a_filter_is_read_as_its_column_needs(asked, expected):
    schema = pl.Schema({"year": pl.Int64, "text": pl.String, "genres": pl.List(pl.String), "is_new": pl.Boolean})
    found = condition(schema, *asked)
    assert (None if found is None else FilterConfig(**found.model_dump())) == (expected and FilterConfig(**expected))


def test_a_filter_that_does_not_fit_is_told(site):
    stock = site.tenant.service.stock()
    for asked in (("year", "soon"), ("colour", "red")):
        with pytest.raises(RecipeError):
            stock.find(conditions=condition(stock.items.schema, *asked))


def test_values_as_people_read_them():
    assert [shown(one) for one in (None, True, 1234567, 0.123456, 12345.6, ["a", "b"], [], "x")] == [
        "-", "yes", "1,234,567", "0.1235", "12,346", "a, b", "-", "x"
    ]  # fmt: skip
    assert plain(1999) == "1999" and plain([1999]) == "1,999"
    assert [percent(one) for one in (None, 0.0, 0.125, 1.0, 0.99996)] == ["-", "0 %", "12.5 %", "100 %", "100 %"]
    assert [millis(one) for one in (None, 0.0123, 1.5)] == ["-", "12.3 ms", "1,500 ms"]


def test_scales_and_lines():
    assert [round_up(one) for one in (1, 3, 5, 9, 10, 0.03, 0.0005)] == pytest.approx([1, 4, 8, 10, 10, 0.04, 0.0008])
    assert path([(0, 1), (2, 3)]) == "M0.0 1.0 L2.0 3.0"
    assert area([(0, 1), (2, 3)], 9) == "M0.0 1.0 L2.0 3.0 L2.0 9.0 L0.0 9.0 Z" and area([(0, 1)], 9) == ""


def test_what_names_an_item():
    table = pl.DataFrame({"item_id": ["a"], "cover": ["a.png"], "text": ["t"], "movie_title": ["m"], "year": [1]})
    assert title_column(table, {"cover"}) == "movie_title"
    assert title_column(table.drop("movie_title"), {"cover"}) == "text"
    assert title_column(table.select("item_id", "cover", "year"), {"cover"}) is None
