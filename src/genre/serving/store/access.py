"""The contracts of what guards a service: keys, what was used of them, and who did what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class ApiKey:
    """What is kept of a key; never its secret.

    Attributes:
        digest: SHA-256 of the secret, in hex.
        scopes: what it may do, in words.
        created_at, expires_at, revoked_at: seconds since 1970.
        rate_per_minute, daily_quota: requests; None: without limit.
    """

    key_id: str
    digest: str
    name: str
    tenant: str
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    rate_per_minute: int | None = None
    daily_quota: int | None = None


@dataclass(frozen=True)
class Note:
    """One line of the audit: who did what to whom.

    Attributes:
        at: seconds since 1970.
        key_id: of the key that asked, None for the service itself.
        subject: what it was done to; of a user the pseudonym, never the id.
    """

    at: float
    key_id: str | None
    action: str
    subject: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Keys(ABC):
    """The keys of all tenants, for a key is what tells the tenant; each method that writes is one transaction."""

    @abstractmethod
    def add(self, key: ApiKey) -> None:
        """Keep a new key.

        Raises:
            RequestError: there is a key of this id.
        """

    @abstractmethod
    def find(self, key_id: str) -> ApiKey | None:
        """A key, revoked and expired ones too; None if there never was one of this id."""

    @abstractmethod
    def all(self, tenant: str | None = None) -> list[ApiKey]:
        """The keys of a tenant, or of all tenants, oldest first."""

    @abstractmethod
    def revoke(self, key_id: str, at: float) -> bool:
        """Note that a key is no longer good; whether it was until now."""

    @abstractmethod
    def count(self, key_id: str, day: date, n: int = 1) -> int:
        """Add `n` to what a key has used on a day; the total, of all processes together."""


class Audit(ABC):
    """What was done in one tenant's service."""

    @abstractmethod
    def noting(self, note: Note) -> AbstractContextManager[None]:
        """While it is entered, the next write of this thread and the note are one transaction: both are kept, or none.

        Where nothing was written the note is kept alone, unless the body raises.
        """

    def note(self, note: Note) -> None:
        """Keep a note; it is on disk when this returns."""
        with self.noting(note):
            pass

    @abstractmethod
    def newest(self, n: int) -> list[Note]:
        """The last `n` notes, newest first."""
