"""Items: the catalogue as it is now."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import Body

from genre.core.errors import Fault
from genre.serving.api import examples
from genre.serving.api.bodies import GoneBody, ItemsBody, Row
from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door, ItemId
from genre.serving.api.problems import Problem
from genre.serving.api.routes._batch import SHOWN, check_size
from genre.serving.api.shapes import DeletedShape, GoneShape, KeptShape
from genre.serving.api.tenants import no_item


async def put_items(call: Call, body: Annotated[ItemsBody, Body(openapi_examples=examples.ITEMS)]) -> Json:
    """Each in place of what was known of it: a column that is left out is empty. All are kept, or none."""
    check_size("items", len(body.items), call.desk.settings.max_rows)
    ids = [str(one.get("item_id")) for one in body.items]
    service = call.service
    await call.write(
        "items.put", lambda: service.put_items(body.items), n=len(ids), items=[id[:100] for id in ids[:SHOWN]]
    )
    return _kept(call, ids)


async def get_item(call: Call, item_id: ItemId) -> Json:
    """All columns of an item as they are now."""
    item = await to_thread.run_sync(call.service.item, item_id)
    if item is None:
        raise no_item()
    return Json(item)


async def change_item(
    call: Call, item_id: ItemId, changes: Annotated[Row, Body(openapi_examples=examples.ITEM_CHANGES)]
) -> Json:
    """Set some columns and leave the others; null empties one."""
    if changes.get("item_id", item_id) != item_id:
        raise Problem(422, Fault("item_id", "differs from the path.", "Leave it out: an id does not change."))
    tenant = call.tenant
    await call.write("items.change", lambda: tenant.change_item(item_id, changes), item_id, columns=sorted(changes))
    return _kept(call, [item_id])


async def delete_items(call: Call, body: Annotated[GoneBody, Body(openapi_examples=examples.GONE)]) -> Json:
    """They are in no list from now on, until they are put again; ids that no item has are told."""
    check_size("items", len(body.items), call.desk.settings.max_rows)
    service, ids = call.service, list(dict.fromkeys(body.items))
    shown = [id[:100] for id in ids[:SHOWN]]
    there = await call.write("items.delete", lambda: service.delete_items(ids), n=len(ids), items=shown)
    unknown = [id for id, was_there in zip(ids, there, strict=True) if not was_there]
    return Json({"deleted": len(ids) - len(unknown), "unknown_items": unknown})


async def delete_item(call: Call, item_id: ItemId) -> Json:
    """It is in no list from now on, until it is put again."""
    service = call.service

    def delete() -> None:
        if not service.delete_items([item_id])[0]:
            raise no_item()

    await call.write("items.delete", delete, item_id)
    return Json({"item_id": item_id, "deleted": True})


def _kept(call: Call, ids: list[str]) -> Json:
    faults = call.service.faults
    return Json({"kept": len(ids), "refused": {id: faults[id] for id in ids if id in faults}})


DOORS = (
    Door("PUT /v1/items", "Put items", put_items, KeptShape, examples.KEPT),
    Door("GET /v1/items/{item_id}", "Read an item", get_item, None, examples.ITEM),
    Door("PATCH /v1/items/{item_id}", "Change an item", change_item, KeptShape, examples.KEPT),
    Door("DELETE /v1/items/{item_id}", "Delete an item", delete_item, DeletedShape, examples.DELETED),
    Door("POST /v1/items/delete", "Delete items", delete_items, GoneShape, examples.WENT),
)
