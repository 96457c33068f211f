"""Users: what is known of them, their export and their erasure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from genre.client._noun import Noun, parts, placed
from genre.client.items import MOST_ROWS
from genre.client.manner import SLOW
from genre.client.results import Erased, Kept, User


class Users(Noun):
    """Keeping what is known of users."""

    def put_users(self, users: Iterable[Mapping[str, Any]], batch: int = MOST_ROWS) -> Kept:
        """Users in place of what was put of them before, each with its user_id.

        Batches go one after the other; a batch is kept as a whole, or not at all.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        kept = 0
        for part in parts(users, batch):
            kept += self._wire.read(Kept, "PUT", "/v1/users", {"users": [dict(row) for row in part]}, SLOW).kept
        return Kept(kept)

    def patch_user(self, user_id: str, columns: Mapping[str, Any]) -> Kept:
        """Set some columns and leave the others; None empties one. A user who is new is made.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._wire.read(Kept, "PATCH", f"/v1/users/{placed(user_id)}", dict(columns))

    def export_user(self, user_id: str) -> User:
        """All that is kept of a user.

        Raises:
            ApiError: 404, nothing is; or no answer came.
        """
        return self._wire.read(User, "GET", f"/v1/users/{placed(user_id)}")

    def erase_user(self, user_id: str) -> int:
        """Remove a user for good: events, columns and history; how many rows went.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._wire.read(Erased, "DELETE", f"/v1/users/{placed(user_id)}").erased_rows
