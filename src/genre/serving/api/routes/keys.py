"""Keys of a tenant: made, listed, revoked."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import Body

from genre.core.errors import Fault
from genre.serving.api import examples
from genre.serving.api.bodies import KeyBody
from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door, KeyId
from genre.serving.api.problems import Problem
from genre.serving.api.security import make_key
from genre.serving.api.shapes import KeysShape, NewKeyShape, RevokedShape
from genre.serving.store.access import ApiKey


async def add_key(call: Call, body: Annotated[KeyBody, Body(openapi_examples=examples.NEW_KEY)]) -> Json:
    """The key itself is in this answer and nowhere else."""
    expires_at = None if body.expires_at is None else body.expires_at.timestamp()
    limits = {"expires_at": expires_at, "rate_per_minute": body.rate_per_minute, "daily_quota": body.daily_quota}
    scopes = tuple(dict.fromkeys(body.scopes))
    told, kept = make_key(call.tenant.name, body.name, scopes, call.desk.clock(), **limits)
    await call.write("keys.add", lambda: call.desk.keys.add(kept), kept.key_id, scopes=list(scopes))
    call.desk.ring.forget()
    return Json({**_shown(kept), "key": told}, 201)


async def list_keys(call: Call) -> Json:
    """All keys of the tenant, revoked and expired ones too; never the keys themselves."""
    found = await to_thread.run_sync(call.desk.keys.all, call.tenant.name)
    return Json({"keys": [_shown(key) for key in found]})


async def revoke_key(call: Call, key_id: KeyId) -> Json:
    """It opens nothing any more: here at once, in other processes within a moment."""
    keys, tenant, now = call.desk.keys, call.tenant.name, call.desk.clock()

    def revoke() -> None:
        good = [one for one in keys.all(tenant) if one.revoked_at is None]
        if not any(one.key_id == key_id for one in good):
            raise Problem(404, Fault("key_id", "no key that is good now has it.", "GET /v1/keys lists all."))
        if not any("admin" in one.scopes and _lasts(one, now) for one in good if one.key_id != key_id):
            raise Problem(409, Fault("key_id", "is the last admin key.", "Make another one first."))
        keys.revoke(key_id, now)

    await call.write("keys.revoke", revoke, key_id[:100])
    call.desk.ring.forget()
    return Json({"key_id": key_id, "revoked": True})


def _lasts(key: ApiKey, now: float) -> bool:
    return key.expires_at is None or key.expires_at > now


def _shown(key: ApiKey) -> dict[str, Any]:
    return {name: value for name, value in vars(key).items() if name != "digest"}


DOORS = (
    Door("POST /v1/keys", "Make a key", add_key, NewKeyShape, examples.MADE_KEY, 201),
    Door("GET /v1/keys", "List keys", list_keys, KeysShape, examples.KEYS),
    Door("DELETE /v1/keys/{key_id}", "Revoke a key", revoke_key, RevokedShape, examples.REVOKED),
)
