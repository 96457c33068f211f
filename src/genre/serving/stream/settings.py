"""Where events are taken from, and how."""

from __future__ import annotations

from pydantic import Field

from genre.serving.settings import Section


class StreamSettings(Section):
    """A Redis stream of events for each tenant, and the group of consumers that take them."""

    name: str = Field(
        "genre:events:{tenant}", min_length=1, description="Key of the stream; {tenant} stands for the tenant's name."
    )
    group: str = Field("genre", min_length=1, description="Of consumers: each entry goes to one of them.")
    batch: int = Field(500, ge=1, le=10_000, description="Entries that are taken in one transaction.")
    idle_s: float = Field(30.0, gt=0, description="Entries that a consumer left this long go to another.")
    deliveries: int = Field(
        10, ge=2, description="An entry that broke off its consumer this often is put with those that are no events."
    )
    most_dead: int = Field(100_000, ge=1, description="Entries that are no events, of which the newest are kept.")

    def of_tenant(self, tenant: str) -> str:
        """The key of a tenant's stream."""
        return self.name.replace("{tenant}", tenant)
