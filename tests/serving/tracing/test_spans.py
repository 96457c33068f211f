"""Spans tell what happened to a request, and nothing of who asked; real bytes reach a real collector."""

import gzip
import io
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("opentelemetry.sdk")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.testclient import TestClient

from genre.core.errors import Fault, StoreError
from genre.serving.api.app import create_app
from genre.serving.api.logs import write_logs
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service
from genre.serving.tracing.attach import exporting, trace_app
from genre.serving.tracing.settings import TraceSettings

PARENT = "0af7651916cd43dd8448eb211c80319c"
SECRET = "secret-user"


@pytest.fixture
def traced(api):
    """The API with spans that stay in memory; gives the finished ones, oldest first."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    api.client.app.middleware_stack = None
    trace_app(api.client.app, provider)

    def spans():
        found = sorted(exporter.get_finished_spans(), key=lambda span: span.start_time)
        exporter.clear()
        return found

    return spans


def below(spans):
    """name of a span -> names of those inside it."""
    names = {span.context.span_id: span.name for span in spans}
    found = {}
    for span in spans:
        if span.parent is not None and span.parent.span_id in names:
            found.setdefault(names[span.parent.span_id], []).append(span.name)
    return found


def test_a_request_is_a_span_with_its_steps(api, traced):
    key = api.key("read")
    api.ask("GET", "/v1/models", key)
    traced()
    api.ask("POST", "/v1/recommend", key, {"user_id": SECRET, "k": 3}, headers={"x-request-id": "r1"})
    root, *inner = traced()
    assert (root.name, root.kind, root.parent) == ("POST /v1/recommend", SpanKind.SERVER, None)
    assert dict(root.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/recommend",
        "http.response.status_code": 200,
        "genre.request_id": "r1",
        "genre.tenant": "default",
        "genre.key_id": key.split("_")[1],
        "enduser.pseudo.id": api.tenant.service.pseudonym(SECRET),
        "genre.model_version": "tiny-1",
        "genre.fallback": "popular",
    }
    tree = below([root, *inner])
    assert tree[root.name] == ["store head", "user", "score", "rank"]
    assert all(root.start_time <= span.start_time <= span.end_time <= root.end_time for span in inner)


def test_writes_are_steps_too_in_whatever_thread(api, traced):
    key = api.key("events")
    api.ask("POST", "/v1/events", key, {"events": [{"user_id": "u0", "item_id": "i1", "type": "view"}]})
    spans = traced()
    steps = below(spans)["POST /v1/events"]
    assert steps[:2] == ["store add_events", "store head"] and "store changes" in steps


def test_a_span_goes_on_from_the_senders(api, traced):
    header = f"00-{PARENT}-b7ad6b7169203331-01"
    api.ask("POST", "/v1/recommend", api.key("read"), {}, headers={"traceparent": header})
    root = traced()[0]
    assert format(root.context.trace_id, "032x") == PARENT and format(root.parent.span_id, "016x") == "b7ad6b7169203331"
    for broken in ("00-0-0-01", "x", f"00-{PARENT}-0000000000000000-01"):
        api.ask("POST", "/v1/recommend", api.key("read"), {}, headers={"traceparent": broken})
        assert traced()[0].parent is None


def test_the_log_names_the_trace(api, traced):
    root, said = logging.getLogger("genre.serving"), io.StringIO()
    before = (root.handlers, root.propagate, root.level)
    write_logs(said)
    try:
        api.ask(
            "POST", "/v1/recommend", api.key("read"), {}, headers={"traceparent": f"00-{PARENT}-b7ad6b7169203331-01"}
        )
    finally:
        root.handlers, root.propagate, level = before
        root.setLevel(level)
    line = json.loads(said.getvalue().splitlines()[-1])
    assert (line["trace_id"], line["version"], line["fallback"]) == (PARENT, "tiny-1", "popular")


def test_failures_are_told_without_their_words(api, traced, monkeypatch):
    def fail(*_):
        raise ValueError(f"words of {SECRET}")

    key = api.key("read")
    with monkeypatch.context() as patch:
        patch.setattr(api.tenant.service, "recommend", fail)
        api.ask("POST", "/v1/recommend", key, {"user_id": SECRET})
    api.ask("GET", f"/v1/items/{SECRET}?q={SECRET}", key)
    api.client.get(f"/{SECRET}", headers={"traceparent": SECRET})
    api.client.get("/v1/models", headers={"authorization": f"Bearer {key}x"})
    failed, missing, nowhere, refused = (span for span in traced() if span.kind == SpanKind.SERVER)
    assert (failed.status.status_code, failed.attributes["http.response.status_code"]) == (StatusCode.ERROR, 500)
    assert missing.name == "GET /v1/items/{item_id}" and missing.status.status_code == StatusCode.UNSET
    assert nowhere.name == "GET" and "http.route" not in nowhere.attributes
    assert refused.attributes["genre.refused"] == "key"
    shown = "".join(span.to_json() for span in (failed, missing, nowhere, refused))
    assert SECRET not in shown and key not in shown and key.split("_", 2)[2] not in shown


def test_a_store_that_fails_inside_a_step_says_nothing_of_it(api, traced, monkeypatch):
    def fail(*_):
        raise StoreError(Fault("postgresql://db.internal", "is gone."))

    key = api.key("admin")
    monkeypatch.setattr(api.tenant.store._database, "write", fail)
    assert api.ask("PUT", "/v1/items", key, {"items": [{"item_id": SECRET}]}).status_code == 503
    spans = traced()
    assert "store put" in [span.name for span in spans]
    assert "internal" not in "".join(span.to_json() for span in spans)


def test_what_nobody_asked_for_makes_no_spans(api, traced):
    api.client.get("/health/live")
    api.ask("GET", "/metrics", api.key("read"))
    api.client.app.state.desk.metrics.refresh()
    api.tenant.follow()
    assert traced() == []


def test_other_services_are_left_alone(api, tiny_model, traced):
    store = api.store.of_tenant("other")
    other = Tenant("other", Service(tiny_model, "v", store), store)
    with TestClient(create_app(other, store.keys)) as client:
        client.post("/v1/recommend", headers={"authorization": f"Bearer {api.key('read', tenant='other')}"}, json={})
    assert traced() == [] and "_scores" not in vars(other.service)


@pytest.fixture
def collector():
    """A server on this machine that takes what exporters send; gives its address and what came."""
    came = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["content-length"]))
            content = gzip.decompress(content) if self.headers.get("content-encoding") == "gzip" else content
            came.append((self.path, self.headers["content-type"], content, dict(self.headers)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", came
    server.shutdown()
    server.server_close()


def test_spans_reach_a_collector_as_otlp(api, collector, monkeypatch):
    endpoint, came = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20of-the-collector")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    provider = exporting(TraceSettings(endpoint=endpoint + "/"))
    api.client.app.middleware_stack = None
    trace_app(api.client.app, provider)
    api.ask("POST", "/v1/recommend", api.key("read"), {"user_id": SECRET})
    provider.shutdown()
    ((path, kind, content, headers),) = came
    assert (path, kind) == ("/v1/traces", "application/x-protobuf") and SECRET.encode() not in content
    assert {name.lower(): value for name, value in headers.items()}["authorization"] == "Bearer of-the-collector"
    (of_service,) = ExportTraceServiceRequest.FromString(content).resource_spans
    about = {one.key: one.value.string_value for one in of_service.resource.attributes}
    assert about["service.name"] == "genre" and about["deployment.environment.name"] == "test"
    spans = [span for scope in of_service.scope_spans for span in scope.spans]
    assert {"POST /v1/recommend", "store head", "user", "score", "rank"} <= {span.name for span in spans}
    assert len({span.trace_id for span in spans}) == 1


def test_a_share_is_traced(api, collector):
    endpoint, came = collector
    provider = exporting(TraceSettings(endpoint=endpoint, sample=0))
    api.client.app.middleware_stack = None
    trace_app(api.client.app, provider)
    api.ask("POST", "/v1/recommend", api.key("read"), {})
    provider.shutdown()
    assert came == []


def test_a_collector_that_is_away_keeps_nobody_waiting(open_api):
    api = open_api()
    provider = exporting(TraceSettings(endpoint="http://127.0.0.1:9"))
    api.client.app.middleware_stack = None
    trace_app(api.client.app, provider)
    assert api.ask("POST", "/v1/recommend", api.key("read"), {}).status_code == 200


def test_genre_serve_traces_where_its_settings_ask_for_it(serve, bundle, collector):
    endpoint, came = collector
    server = serve(bundle, "--set", f"trace.endpoint={endpoint}")
    server.ask("POST", "/v1/recommend", {"user_id": SECRET})
    assert server.stop() == 0
    sent = [ExportTraceServiceRequest.FromString(content) for _, _, content, _ in came]
    names = {span.name for one in sent for of in one.resource_spans for scope in of.scope_spans for span in scope.spans}
    assert {"POST /v1/recommend", "rank"} <= names
    assert SECRET not in server.err and server.lines("request")[0]["trace_id"]
