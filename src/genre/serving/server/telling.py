"""What whoever starts a server is told: where it is, what answers, and once the first key."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genre.serving.server.first_start import Served
from genre.serving.server.plan import Plan

KEEP = "This key may do everything. It is shown this once: keep it."


@dataclass(frozen=True)
class Begun:
    """A server that answers.

    Attributes:
        store: without a password.
        seconds: since the command began.
        peak_mib: of all processes together; None where the system does not tell.
    """

    url: str
    served: Sequence[Served]
    store: str
    seconds: float
    peak_mib: float | None


def tell_begun(plan: Plan, begun: Begun) -> None:
    """A few lines for a person at a terminal; for what collects logs one line of JSON."""
    facts = _facts(plan, begun)
    if not sys.stderr.isatty():
        from genre.serving.api.logs import SAID

        logging.getLogger("genre.serving").info("ready", extra={SAID: facts})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("GENRE answers at", f"[bold]{begun.url}[/bold]")
    for one in begun.served:
        name = "model" if len(begun.served) == 1 else f"tenant {one.tenant}"
        table.add_row(name, f"{one.version}: {one.n_items:,} items, {one.n_users:,} users{_warned(one)}")
    table.add_row("store", begun.store)
    if "dashboard" in facts:
        table.add_row("dashboard", str(facts["dashboard"]))
    peak = "" if begun.peak_mib is None else f", {begun.peak_mib:,.0f} MiB at most"
    table.add_row("start", f"{begun.seconds:.1f} s{peak}")
    table.add_row("stop", "Ctrl+C")
    Console(stderr=True, soft_wrap=True).print(table)


def tell_keys(keys: Mapping[str, str]) -> None:
    """New keys alone on standard output, so that a log of standard error never holds one."""
    for tenant, key in keys.items():
        of = "" if len(keys) == 1 else f"Tenant {tenant}: "
        _say(f"{of}{KEEP}")
        print(key, flush=True)  # noqa: T201


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    else:
        logging.getLogger("genre.serving").info(text)


def peak_mib(pids: Sequence[int]) -> float | None:
    """The most memory that each process held so far, added up."""
    found = [_peak_kib(Path(f"/proc/{pid}/status")) for pid in pids]
    return None if None in found else sum(one for one in found if one is not None) / 1024


def _peak_kib(status: Path) -> int | None:
    try:
        lines = status.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def _facts(plan: Plan, begun: Begun) -> dict[str, object]:
    facts: dict[str, object] = {"url": begun.url}
    if plan.settings.dashboard:
        facts["dashboard"] = f"{begun.url}/dashboard"
    facts["tenants"] = [vars(one) for one in begun.served]
    facts |= {"store": begun.store, "workers": plan.settings.workers}
    return {**facts, "seconds": round(begun.seconds, 2), "peak_mib": begun.peak_mib and round(begun.peak_mib, 1)}


def _warned(one: Served) -> str:
    return f" [yellow](activated was {one.missing}, which is gone)[/yellow]" if one.missing else ""
