"""Models: which version answers."""

from __future__ import annotations

from typing import Any

from anyio import to_thread

from genre.serving.api import examples
from genre.serving.api.call import Call, Json
from genre.serving.api.door import Door, VersionName
from genre.serving.api.shapes import ActiveShape, ModelsShape
from genre.serving.api.tenants import Tenant

N_ACTIVATIONS = 50


async def list_models(call: Call) -> Json:
    """Versions that can be activated, and those that were."""
    return Json(await to_thread.run_sync(_told, call.tenant))


async def activate(call: Call, version: VersionName) -> Json:
    """Load a version and answer with it, with all items and events so far; until then the one before answers."""
    tenant, before = call.tenant, call.service.version
    await call.write("models.activate", lambda: tenant.activate(version), version, before=before)
    return Json({"active": version, "before": before})


async def roll_back(call: Call) -> Json:
    """Activate the version that answered before this one; asked for twice, it comes back to this one."""
    tenant, before = call.tenant, call.service.version
    version = await to_thread.run_sync(tenant.before)
    await call.write("models.rollback", lambda: tenant.activate(version), version, before=before)
    return Json({"active": version, "before": before})


def _told(tenant: Tenant) -> dict[str, Any]:
    active, paths = tenant.service.version, tenant.bundles.paths()
    return {
        "active": active,
        "versions": [
            {"version": one, "is_active": one == active, "is_loadable": one in paths}
            for one in sorted({active, *paths})
        ],
        "activations": [{"version": one, "at": at} for one, at in tenant.store.activations()[:N_ACTIVATIONS]],
        "indexes": [{"name": name, **health.to_dict()} for name, health in tenant.service.indexes.items()],
    }


DOORS = (
    Door("GET /v1/models", "List models", list_models, ModelsShape, examples.MODELS),
    Door("POST /v1/models/{version}/activate", "Activate a model", activate, ActiveShape, examples.ACTIVE),
    Door("POST /v1/models/rollback", "Roll back to the model before", roll_back, ActiveShape, examples.ACTIVE),
)
