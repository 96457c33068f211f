"""What is to be served: checked settings, the bundles of each tenant and the address of the store."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genre.config.documents import Kind, overridden, read_mapping
from genre.config.faults import faults_of
from genre.core.errors import BundleError, Fault, RecipeError
from genre.core.secret import Secret
from genre.serving.server.settings import Address, ServerSettings

SETTINGS = Kind(
    "settings file",
    missing="Write one, or leave --settings out.",
    shape="It is a mapping such as 'port: 8000'.",
    example="api.rate_per_minute=600",
)
STORE, REDIS = "GENRE_STORE", "GENRE_REDIS"
ONLY = "default"


@dataclass(frozen=True)
class Plan:
    """What a server is to do; workers get it as it is.

    Where nothing names a store, it is one file beside the bundle, in sight of whoever moves or backs up the bundle; not
    inside it, for a bundle is replaced as a whole when its model is fitted again, and what users did outlives that.

    Attributes:
    bundles: by tenant, a bundle or a folder of versions.
    store, redis: addresses, which may hold passwords: they are in no text that is shown. None: there is no Redis.
    """

    settings: ServerSettings
    bundles: Mapping[str, Path]
    store: str = field(repr=False)
    redis: str | None = field(default=None, repr=False)


def read_plan(
    bundle: Path | None,
    file: Path | None = None,
    given: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
) -> Plan:
    """What a command line asks for.

    Args:
        file: settings (YAML).
        given: settings by name that go before those of the file.
        overrides: `path=value` texts, which go before both.

    Raises:
        RecipeError: with every fault of the settings at once.
        BundleError: there is nothing to serve.
    """
    settings = _settings(file, given or {}, overrides)
    bundles = _bundles(bundle, settings)
    own = {*(given or {}), *(text.partition("=")[0] for text in overrides)}
    first = next(iter(bundles.values())).resolve()
    store = _address(settings.store, None if "store" in own else STORE)
    redis = _address(settings.redis, None if "redis" in own else REDIS)
    if settings.stream is not None and redis is None:
        raise RecipeError(Fault("stream", "is to be read, and there is no redis.", "Add redis: redis://HOST:PORT/0"))
    return Plan(settings, bundles, store or str(first.with_name(f"{first.name}.db")), redis)


def _settings(file: Path | None, given: Mapping[str, Any], overrides: Sequence[str]) -> ServerSettings:
    document = {} if file is None else _with_paths(read_mapping(file, SETTINGS), file.parent)
    document |= given
    for override in overrides:
        document = overridden(document, override, SETTINGS)
    try:
        settings = ServerSettings.model_validate(document)
    except ValidationError as error:
        raise RecipeError(faults_of(error, ServerSettings)) from None
    if settings.tls is None and not settings.behind_proxy:
        return settings
    return settings.model_copy(update={"api": settings.api.model_copy(update={"is_https": True})})


def _with_paths(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Bundles and certificates are found from the current folder, and where nothing is there, from the file's."""

    def found(path: Any) -> Any:
        is_beside = isinstance(path, str) and not Path(path).exists() and (folder / path).exists()
        return str(folder / path) if is_beside else path

    sections = {name: document[name] for name in ("tls", "tenants") if isinstance(document.get(name), dict)}
    mended = {name: {key: found(value) for key, value in section.items()} for name, section in sections.items()}
    return {**document, **mended}


def _bundles(bundle: Path | None, settings: ServerSettings) -> Mapping[str, Path]:
    if bundle is not None and settings.tenants:
        raise RecipeError(Fault("tenants", "and BUNDLE both say what to serve.", "Leave one of them out."))
    if bundle is None and not settings.tenants:
        raise BundleError(Fault("BUNDLE", "is missing.", "Name a folder that genre fit wrote, or tenants in a file."))
    return settings.tenants if bundle is None else {ONLY: bundle}


def _address(told: Address | None, variable: str | None) -> str | None:
    """What the settings tell; the environment goes before a file, and the command line before the environment."""
    found = (os.environ.get(variable) if variable else None) or told
    return found.reveal() if isinstance(found, Secret) else found
