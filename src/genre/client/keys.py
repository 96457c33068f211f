"""Keys of a tenant: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from genre.client._noun import Noun, placed
from genre.client.errors import ApiError
from genre.client.manner import ONCE
from genre.client.questions import KeyMore
from genre.client.results import Key, Keys, NewKey


class KeyRing(Noun):
    """Keeping the keys of a tenant."""

    def add_key(self, name: str, scopes: Sequence[str], **more: Unpack[KeyMore]) -> NewKey:
        """Make a key; the key itself is in this answer and nowhere else.

        Args:
            name: what it is for.
            scopes: read, events, catalogue, admin, public.

        Raises:
            ApiError: it was refused, or no answer came: then look at `list_keys` before asking again.
        """
        body: dict[str, Any] = {"name": name, "scopes": list(scopes), **more}
        if isinstance(body.get("expires_at"), datetime):
            body["expires_at"] = body["expires_at"].isoformat()
        return self._wire.read(NewKey, "POST", "/v1/keys", body, ONCE)

    def list_keys(self) -> tuple[Key, ...]:
        """All keys of the tenant, revoked and expired ones too; never the keys themselves.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._wire.read(Keys, "GET", "/v1/keys").keys

    def revoke_key(self, key_id: str) -> None:
        """Let a key open nothing any more.

        Raises:
            ApiError: 404, no key that is good now has the id; 409, it is the last admin key; or no answer came.
        """
        try:
            self._wire.ask("DELETE", f"/v1/keys/{placed(key_id)}")
        except ApiError as error:
            if not error.is_done_before:
                raise
