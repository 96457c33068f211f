"""Keys made and revoked by whoever has the store: the way back when the last admin key is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genre.core.errors import Fault, RequestError, StoreError, near
from genre.serving.api.rules import SCOPES
from genre.serving.api.security import make_key
from genre.serving.server.plan import Plan
from genre.serving.store.access import ApiKey, Note
from genre.serving.store.open import open_store
from genre.serving.store.sql import SqlStore


@dataclass(frozen=True)
class KeyDesk:
    """The keys of one tenant; a server on the same store follows within a second. What is changed is in the audit."""

    store: SqlStore

    @staticmethod
    def open(plan: Plan, tenant: str | None) -> KeyDesk:
        """The keys of a tenant that the plan serves; None: the only one.

        Raises:
            RequestError: there is no such tenant, or one of several must be named.
            StoreError: the store is out of reach, or there is none yet.
        """
        known = list(plan.bundles)
        if tenant is None and len(known) > 1:
            raise RequestError(Fault("--tenant", "is missing.", f"Name one of {', '.join(known)}."))
        if tenant is not None and tenant not in known:
            raise RequestError(Fault("--tenant", f"there is no tenant '{tenant}'.", near(tenant, known)))
        _check_there(plan.store)
        return KeyDesk(open_store(plan.store, tenant or known[0]))

    def all(self) -> list[ApiKey]:
        """All of them, revoked ones too, oldest first."""
        return self.store.keys.all(self.store.tenant)

    def make(self, name: str, scopes: Sequence[str]) -> str:
        """A new key, told this once.

        Raises:
            RequestError: no such scope.
        """
        for scope in scopes:
            if scope not in SCOPES:
                raise RequestError(Fault("--scope", f"there is no scope '{scope}'.", near(scope, SCOPES)))
        now = time.time()
        told, kept = make_key(self.store.tenant, name, tuple(dict.fromkeys(scopes)), now)
        with self.store.audit.noting(Note(now, None, "keys.add", kept.key_id, {"scopes": list(kept.scopes)})):
            self.store.keys.add(kept)
        return told

    def revoke(self, key_id: str) -> None:
        """Let a key open nothing any more.

        Raises:
            RequestError: no key of the tenant that is good now has this id.
        """
        good = [key.key_id for key in self.all() if key.revoked_at is None]
        if key_id not in good:
            raise RequestError(Fault("--revoke", f"no key that is good now is called '{key_id}'.", near(key_id, good)))
        now = time.time()
        with self.store.audit.noting(Note(now, None, "keys.revoke", key_id)):
            self.store.keys.revoke(key_id, now)


def _check_there(address: str) -> None:
    """A file that is not there would be made, and a slip of the pen would look like a store without keys."""
    path = Path(address.removeprefix("sqlite:///"))
    if "://" not in str(path) and not path.exists():
        mend = "genre serve makes it; name another with --store."
        raise StoreError(Fault(str(path), "is no store yet.", mend))
