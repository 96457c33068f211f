"""Names for users that only this tenant can tell: in logs, and in place of those who were erased."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from genre.serving.store.base import Store


@dataclass(frozen=True)
class Pseudonyms:
    """Attributes:
    salt: secret of the tenant, kept in its store.
    erased: pseudonyms of users who were erased.
    """

    salt: bytes
    erased: set[str] = field(default_factory=set)

    @staticmethod
    def of(store: Store) -> Pseudonyms:
        """As the store has them."""
        return Pseudonyms(store.salt(), store.erased())

    def of_user(self, user_id: str) -> str:
        """32 hexadecimal digits."""
        return hmac.new(self.salt, user_id.encode(), hashlib.sha256).hexdigest()[:32]
