"""Whether the service lives and can answer, what it measures, and what it understands."""

from __future__ import annotations

from anyio import to_thread
from starlette.responses import Response

from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door
from genre.serving.api.shapes import HealthShape

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
"""The text format of Prometheus."""


async def live(call: Call) -> Json:
    """The process answers; whoever watches it need not start it anew."""
    return Json({"status": "live"})


async def ready(call: Call) -> Json:
    """The stores answer too; else 503, and requests should go elsewhere."""
    for tenant in call.desk.tenants.values():
        await to_thread.run_sync(tenant.store.head)
    return Json({"status": "ready"})


async def metrics(call: Call) -> Response:
    """As Prometheus reads it: of the process and the key's tenant; of all where the settings opened it."""
    is_for_all = call.owner is None or len(call.desk.tenants) == 1
    tenant = None if is_for_all else call.tenant.name
    text = await to_thread.run_sync(call.desk.metrics.to_text, tenant)
    return Response(text, headers={"content-type": PLAIN})


async def openapi(call: Call) -> Json:
    """This document."""
    return Json(call.app.openapi())


DOORS = (
    Door("GET /health/live", "Does the process live?", live, HealthShape, {"status": "live"}),
    Door("GET /health/ready", "Can it answer?", ready, HealthShape, {"status": "ready"}),
    Door("GET /metrics", "Read metrics", metrics, None, None),
    Door("GET /openapi.json", "Read the description of the API", openapi, None, {}),
)
