"""What a service refused, or why it could not be asked."""

from __future__ import annotations

from collections.abc import Iterable

from genre.core.errors import Fault, GenreError


class ApiError(GenreError):
    """A call that did not come to its answer; its faults name each field as it was sent, and the mend.

    Attributes:
        status: of the answer; None: none came.
        request_id: under which the service's log has the call.
        n_tries: how often it was asked.
    """

    status: int | None = None
    request_id: str | None = None
    n_tries: int = 1

    def __init__(
        self,
        faults: Fault | Iterable[Fault],
        status: int | None = None,
        request_id: str | None = None,
        n_tries: int = 1,
    ) -> None:
        super().__init__(faults)
        self.status, self.request_id, self.n_tries = status, request_id, n_tries

    @property
    def field(self) -> str:
        """What is at fault: a path into the body, a parameter, a header; the first, where there are several."""
        return self.faults[0].where

    @property
    def message(self) -> str:
        """What is wrong there."""
        return self.faults[0].what

    @property
    def mend(self) -> str:
        """What to do about it; may be empty."""
        return self.faults[0].mend

    @property
    def is_done_before(self) -> bool:
        """Whether a call that removes something found nothing, because an earlier try of it had removed it."""
        return self.status == 404 and self.n_tries > 1
