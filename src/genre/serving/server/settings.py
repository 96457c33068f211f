"""Everything that a server is told, in one checked document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from genre.core.secret import Secret
from genre.serving.api.settings import ApiSettings
from genre.serving.dashboard.settings import DashboardSettings, check_workers
from genre.serving.settings import Section, ServiceSettings
from genre.serving.stream.settings import StreamSettings
from genre.serving.tracing.settings import TraceSettings


def holds_password(address: str) -> bool:
    """Whether a URL tells more than it should where others may read it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "@" in address
    return "://" in address and (("@" in parts.netloc and ":" in parts.netloc.rpartition("@")[0]) or _asks(parts.query))


def _asks(query: str) -> bool:
    return "password" in parse_qs(query, keep_blank_values=True)


def _open(address: str) -> str:
    if holds_password(address):
        raise ValueError("a password never stands in a file or a command. Write {env: NAME} and put it in NAME.")
    return address


Address = Secret | Annotated[str, AfterValidator(_open)]
"""A URL or path without a password, or the environment variable that holds one."""


class TlsSettings(Section):
    """What makes it https."""

    certificate: Path = Field(description="PEM file: the certificate, then those that vouch for it.")
    key: Path | None = Field(None, description="PEM file with its private key; None: it is in the same file.")
    password: Secret | None = Field(None, description="Of the private key, if it has one.")


def _switched(value: Any) -> Any:
    return {True: {}, False: None}.get(value, value) if isinstance(value, bool) else value


class ServerSettings(Section):
    """A settings file of `genre serve`."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen at.")
    port: int = Field(8000, ge=0, le=65535, description="0: any that is free.")
    workers: int = Field(1, ge=1, le=256, description="Processes that answer, each with the models in its memory.")
    threads: int = Field(1, ge=1, description="Cores that a worker computes with.")
    store: Address | None = Field(
        None, description="Path, sqlite:///PATH or postgresql://HOST/NAME; None: a file beside the bundle."
    )
    redis: Address | None = Field(
        None,
        description="redis://HOST:PORT/NUMBER, between replicas that share a store; None: they ask the store alone.",
    )
    stream: StreamSettings | None = Field(None, description="A stream of events in redis; None: none is read.")
    tls: TlsSettings | None = Field(None, description="None: http.")
    behind_proxy: bool = Field(False, description="Whether a proxy in front does TLS; then any host will do.")
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1",), description="Addresses whose X-Forwarded headers count where there is a proxy."
    )
    insecure: bool = Field(False, description="Whether keys may go over other networks as plain text.")
    key_file: Path | None = Field(None, description="Where the first keys are written instead of being shown.")
    access_log: bool = Field(True, description="Whether each request is a line in the log.")
    drain_s: int = Field(30, ge=1, description="How long requests may take that are under way when it stops.")
    keep_alive_s: int = Field(75, ge=1, description="How long a connection without a request stays open.")
    dashboard: Annotated[DashboardSettings | None, BeforeValidator(_switched)] = Field(
        None, description="true, or its settings; None: there is no dashboard."
    )
    trace: TraceSettings | None = Field(None, description="None: nothing is traced.")
    tenants: Mapping[str, Path] = Field(
        {}, description="A bundle, or a folder of versions, by tenant; in place of the one on the command line."
    )
    api: ApiSettings = Field(default_factory=ApiSettings, description="What the API lets through.")
    service: ServiceSettings = Field(default_factory=ServiceSettings, description="How lists are made.")

    @model_validator(mode="after")
    def _shows_one_worker(self) -> ServerSettings:
        if self.dashboard is not None:
            check_workers(self.workers)
        return self


def settings_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a settings file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ServerSettings.model_json_schema()}
