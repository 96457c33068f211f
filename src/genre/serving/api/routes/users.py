"""Users: what is known of them, their export and their erasure."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import Body

from genre.core.errors import Fault
from genre.serving.api import examples
from genre.serving.api.bodies import Row, UsersBody
from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door, UserId
from genre.serving.api.problems import Problem
from genre.serving.api.routes._batch import SHOWN, check_size
from genre.serving.api.shapes import ErasedShape, KeptShape, UserShape


async def put_users(call: Call, body: Annotated[UsersBody, Body(openapi_examples=examples.USERS)]) -> Json:
    """Each in place of what was posted of them before. All are kept, or none."""
    check_size("users", len(body.users), call.desk.settings.max_rows)
    service = call.service
    names = [service.pseudonym(str(one.get("user_id"))) for one in body.users[:SHOWN]]
    await call.write("users.put", lambda: service.put_users(body.users), n=len(body.users), users=names)
    return Json({"kept": len(body.users), "refused": {}})


async def change_user(
    call: Call, user_id: UserId, changes: Annotated[Row, Body(openapi_examples=examples.USER_CHANGES)]
) -> Json:
    """Set some columns and leave the others; null empties one. A user who is new is made."""
    if changes.get("user_id", user_id) != user_id:
        raise Problem(422, Fault("user_id", "differs from the path.", "Leave it out: an id does not change."))
    call.about(user_id)
    service = call.service
    await call.write(
        "users.change", lambda: service.change_user(user_id, changes), call.trace.user, columns=sorted(changes)
    )
    return Json({"kept": 1, "refused": {}})


async def export_user(call: Call, user_id: UserId) -> Json:
    """All that is kept of a user."""
    call.about(user_id)
    found = await to_thread.run_sync(call.service.user, user_id)
    if found["columns"] is None and not found["history"] and not found["events"]:
        raise Problem(404, Fault("user_id", "nothing is kept of this user."))
    return Json(found)


async def erase_user(call: Call, user_id: UserId) -> Json:
    """Events, columns and the history in the model are gone for good; a user who was erased may come anew."""
    call.about(user_id)
    service = call.service
    gone = await call.write("users.erase", lambda: service.erase(user_id), call.trace.user)
    return Json({"erased_rows": gone})


DOORS = (
    Door("PUT /v1/users", "Put users", put_users, KeptShape, examples.KEPT),
    Door("GET /v1/users/{user_id}", "Export a user", export_user, UserShape, examples.USER),
    Door("PATCH /v1/users/{user_id}", "Change a user", change_user, KeptShape, examples.KEPT),
    Door("DELETE /v1/users/{user_id}", "Erase a user", erase_user, ErasedShape, examples.ERASED),
)
