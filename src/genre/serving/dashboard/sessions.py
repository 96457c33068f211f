"""Who is logged in: a signed note of the key's id and an end, carried in a cookie; never the key itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass

from genre.serving.store.access import ApiKey

HOUR_S = 3600.0


@dataclass(frozen=True)
class Session:
    """One login.

    Attributes:
        key_id: of the key that it was opened with.
        ends_at: seconds since 1970.
    """

    session_id: str
    key_id: str
    tenant: str
    ends_at: float


class Sessions:
    """Signs with a secret of this process: another start, and everybody logs in anew.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, hours: float, clock: Callable[[], float]) -> None:
        self._hours, self._clock = hours, clock
        self._secret = secrets.token_bytes(32)
        self._ended: dict[str, float] = {}

    def begin(self, key: ApiKey) -> tuple[Session, str]:
        """A session for the owner of a key, and what the cookie holds."""
        session = Session(secrets.token_hex(16), key.key_id, key.tenant, self._clock() + self._hours * HOUR_S)
        payload = _text(json.dumps(asdict(session)).encode())
        return session, f"{payload}.{_text(self._sign(payload))}"

    def read(self, token: str) -> Session | None:
        """The session of a cookie; None where it is forged, over, or was ended."""
        payload, _, signature = token.partition(".")
        if not hmac.compare_digest(_text(self._sign(payload)).encode(), signature.encode()):
            return None
        session = Session(**json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
        return session if self.is_open(session) else None

    def is_open(self, session: Session) -> bool:
        """Whether it is neither over nor ended."""
        return session.ends_at > self._clock() and session.session_id not in self._ended

    def end(self, session: Session) -> None:
        """Log out: its cookie opens nothing any more, whoever has a copy."""
        now = self._clock()
        self._ended = {id: at for id, at in self._ended.items() if at > now}
        self._ended[session.session_id] = session.ends_at

    def _sign(self, payload: str) -> bytes:
        return hmac.digest(self._secret, payload.encode(), hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
