"""Events: what users did."""

from __future__ import annotations

import time
from typing import Annotated

from anyio import to_thread
from fastapi import Body

from genre.serving.api import examples
from genre.serving.api.bodies import EventsBody
from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door
from genre.serving.api.routes._batch import check_size
from genre.serving.api.shapes import TakenShape

SOURCE = "api"


async def take_events(call: Call, body: Annotated[EventsBody, Body(openapi_examples=examples.EVENTS)]) -> Json:
    """All of them are on disk once this answers, and the next list follows from them."""
    check_size("events", len(body.events), call.desk.settings.max_events)
    now, start, tenant = call.desk.clock(), time.perf_counter(), call.tenant.name
    events = [one.to_event(now) for one in body.events]
    taken = await to_thread.run_sync(call.service.take_events, events)
    call.desk.metrics.took(tenant, taken.n_new, taken.n_known)
    if taken.n_new:
        seconds = time.perf_counter() - start
        call.desk.metrics.settled(tenant, SOURCE, seconds, [event.at for event in events])
    return Json({"new": taken.n_new, "known": taken.n_known, "unknown_items": taken.unknown_items})


DOORS = (Door("POST /v1/events", "Post events", take_events, TakenShape, examples.TAKEN),)
