"""genre loadtest: what a service answers in time when so many ask."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genre.cli._options import AsJson, print_json

if TYPE_CHECKING:
    from genre.client.loadtest.load import Plan, Tell
    from genre.client.loadtest.report import Latency, Report


def command(
    url: Annotated[str, typer.Argument(help="Address of the service: http://HOST:PORT.", show_default=False)],
    rate: Annotated[float, typer.Option(min=0.1, help="Calls a second, whatever the answers do.")] = 100.0,
    duration: Annotated[float, typer.Option(min=0.1, help="Seconds that are counted.")] = 30.0,
    saturate: Annotated[
        bool, typer.Option("--saturate", help="As many calls as go, the next when one is answered, instead of --rate.")
    ] = False,
    mix: Annotated[str, typer.Option(help="Shares of recommend, similar, search, rank, events.")] = "recommend=100",
    users: Annotated[
        str | None, typer.Option(help="Who asks: a file of ids, or a span such as u1..u943; strangers without it.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Length of lists.")] = 10,
    connections: Annotated[int, typer.Option(min=1, max=500, help="Calls at a time, at most.")] = 16,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds before those that are counted.")] = 1.0,
    timeout: Annotated[float, typer.Option(min=0.01, help="Seconds after which a call is given up.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of what is asked.")] = 42,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="File that holds the key; without it GENRE_KEY does.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put load on a service and show how long it takes to answer.

    Latencies count from the moment when a call was due, so that a service that stalls is
    charged with everybody who came meanwhile. A mix with events writes them: keep it away from a service that is used.
    """
    from genre.client.client import Client
    from genre.client.loadtest.traffic import Traffic, learned, read_mix, read_users
    from genre.core.errors import MissingExtraError

    try:
        from genre.client.loadtest.load import Plan, run
    except ModuleNotFoundError:
        raise MissingExtraError("httptools", "client", "genre loadtest") from None
    shares, ids = read_mix(mix), None if users is None else read_users(users)
    key = None if key_file is None else _key(key_file)
    plan = Plan(url, key, None if saturate else rate, duration, warm_up, connections, timeout)
    with Client(url, key) as shop:
        traffic = Traffic(learned(shop, shares, ids), shares, k, seed)
    report = run(plan, traffic.calls(), _teller(plan) if sys.stderr.isatty() and not as_json else _silent)
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _key(path: Path) -> str:
    from genre.core.errors import Fault, RequestError

    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise RequestError(
            Fault("--key-file", f"there is no file '{path}'.", "Name the one that holds the key.")
        ) from None


def _silent(*_: object) -> None:
    return


def _teller(plan: Plan) -> Tell:
    from genre.client.loadtest.report import quantile

    def tell(seconds: float, latencies: Sequence[float], n_failed: int) -> None:
        p50, p99 = quantile(latencies, 0.5) * 1e3, quantile(latencies, 0.99) * 1e3
        line = f"{seconds:5.0f} of {plan.seconds:.0f} s   {len(latencies):,} calls/s   p50 {p50:.1f}   p99 {p99:.1f} ms"
        print(f"\r{line}   {n_failed:,} failed ", end="", file=sys.stderr, flush=True)

    return tell


def _show(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, pad_edge=False)
    table.add_column("ms")
    for name in ("calls", "p50", "p90", "p99", "p99.9", "max"):
        table.add_column(name, justify="right")
    for kind, latency in report.kinds.items():
        table.add_row(kind, *_figures(latency))
    if report.latency is not None and len(report.kinds) > 1:
        table.add_row("all", *_figures(report.latency))
    wanted = "as many as go" if report.rate is None else f"{report.rate:,g} asked for"
    counted = f"{report.seconds:g} s, {report.n_connections} connections"
    console.print(f"\n{report.answers_per_s:,.1f} good answers a second ({wanted}), {counted}")
    console.print(table)
    for line in _remarks(report):
        console.print(line)


def _figures(latency: Latency) -> list[str]:
    values = (latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.p999_ms, latency.max_ms)
    return [f"{latency.n:,}", *(f"{value:.2f}" for value in values)]


def _remarks(report: Report) -> Iterator[str]:
    failed = ", ".join(f"{reason} {n:,}" for reason, n in report.errors.items())
    yield f"failed: {failed or 'none'}"
    if report.fallback_share is not None:
        shares = ", ".join(f"{name} {n:,}" for name, n in report.fallbacks.items())
        yield f"lists from a fallback: {report.fallback_share:.1%} ({shares})"
    late = f"sent {report.late_p99_ms:.2f} ms late (p99), " if report.rate is not None else ""
    yield f"this program: {late}{report.own_cpu_us:.0f} us of a core per call"
