"""genre serve: a REST API over a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    bundle: Annotated[
        Path | None, typer.Argument(help="Folder that genre fit wrote, or a folder of such versions.")
    ] = None,
    settings: Annotated[Path | None, typer.Option("--settings", help="Settings file (YAML).")] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen at [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option("--port", help="0: any that is free [default: 8000].")] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Processes that answer [default: 1].")] = None,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            help="Path or postgresql://HOST/NAME; one with a password goes into the environment variable GENRE_STORE "
            "[default: BUNDLE.db beside the bundle].",
        ),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate (PEM): serve https.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its private key (PEM).")] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="Write the first key to this new file instead of showing it.")
    ] = None,
    dashboard: Annotated[
        bool, typer.Option("--dashboard", help="Show what the service does at /dashboard, to holders of an admin key.")
    ] = False,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front does TLS: any --host will do.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let keys travel as plain text where --host is not this machine's own.")
    ] = False,
    overrides: Annotated[
        list[str],
        typer.Option("--set", metavar="PATH=VALUE", help="Override a value of the settings; may be repeated."),
    ] = [],  # noqa: B006 - typer copies it
) -> None:
    """Serve a bundle: a REST API that learns from events and shows new items at once."""
    from genre.serving.server.run import check_packages

    check_packages()
    from genre.serving.server.plan import read_plan
    from genre.serving.server.process import ready_to_compute
    from genre.serving.server.run import serve

    given = {"host": host, "port": port, "workers": workers, "store": store, "key_file": key_file}
    switches = {"behind_proxy": behind_proxy, "insecure": insecure, "dashboard": dashboard}
    flags = {name: True for name, value in switches.items() if value}
    tls = {name: path for name, path in (("certificate", tls_cert), ("key", tls_key)) if path is not None}
    asked = {name: value for name, value in given.items() if value is not None}
    plan = read_plan(bundle, settings, {**asked, **flags, **({"tls": tls} if tls else {})}, overrides)
    ready_to_compute(plan.settings.threads)
    raise typer.Exit(serve(plan))
