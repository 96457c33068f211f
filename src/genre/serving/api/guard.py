"""Before every route: its rule, the key, the rate, the quota, and a body that is JSON and not too long."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from genre.core.errors import Fault
from genre.serving.api.call import KIB, MIB, Call
from genre.serving.api.door import ANY
from genre.serving.api.problems import Problem
from genre.serving.api.refusals import refusal
from genre.serving.api.rules import RULES, Rule

METRICS = "GET /metrics"


class GuardedRoute(APIRoute):
    """A route that only lets in what the table of rules says; it cannot be made without a rule."""

    @property
    def rule_name(self) -> str:
        """As the table of rules has it."""
        return f"{' '.join(sorted(self.methods or ()))} {self.path.replace(ANY, '')}"

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner, name, rule = super().get_route_handler(), self.rule_name, RULES[self.rule_name]

        async def guarded(request: Request) -> Response:
            call = Call(request.scope, request.receive)
            call.trace.route = name
            await _admit(call, rule)
            if rule.body != "none":
                await _take_body(call, rule)
            try:
                return await inner(call)
            except RequestValidationError as error:
                model = self.body_field.field_info.annotation if self.body_field else None
                raise refusal(error.errors(), getattr(call, "_json", None), model) from None

        return guarded


async def _admit(call: Call, rule: Rule) -> None:
    desk = call.desk
    if rule.is_open or (desk.settings.open_metrics and call.trace.route == METRICS):
        return
    trace, trace.refused = call.trace, "key"
    key = call.owner = await desk.ring.owner(call.headers.get("authorization"))
    trace.key_id, trace.tenant, trace.refused = key.key_id, key.tenant, "tenant"
    if key.tenant not in desk.tenants:
        raise Problem(403, Fault("authorization", "the key is of a tenant that is not served here."))
    trace.refused = "scope"
    if not rule.admits(key.scopes):
        words = ", ".join(sorted(rule.scopes))
        raise Problem(
            403, Fault("authorization", "the scopes of the key do not allow it.", f"It takes one of {words}.")
        )
    trace.refused = "rate"
    desk.rates.take(key)
    trace.refused = "quota"
    await desk.quotas.take(key)
    trace.refused = None


async def _take_body(call: Call, rule: Rule) -> None:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, Fault("content-type", "is not application/json.", "Send JSON and say so."))
    if call.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, Fault("content-encoding", "is not read.", "Send the body as it is."))
    settings = call.desk.settings
    await call.read(settings.max_body_kib * KIB if rule.body == "small" else settings.max_bulk_mib * MIB)
