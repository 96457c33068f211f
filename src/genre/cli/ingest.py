"""genre ingest: events from files and streams into a store or a service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genre.cli._options import AsJson, print_json, working

if TYPE_CHECKING:
    import threading

    from genre.serving.stream.intake import Sink
    from genre.serving.stream.rows import RowRules
    from genre.values import Quarantine

REDIS = ("redis://", "rediss://", "unix://")


def command(
    target: Annotated[
        str,
        typer.Argument(
            help="Store of a service (path or postgresql://HOST/NAME), or the service itself (http://HOST:PORT, its "
            "key in GENRE_KEY). An address with a password goes into the environment: env:NAME.",
            show_default=False,
        ),
    ],
    source: Annotated[
        str,
        typer.Argument(
            help="File (.csv, .tsv, .parquet, .jsonl; gzip too) or redis://HOST:PORT/NUMBER (or env:NAME).",
            show_default=False,
        ),
    ],
    tenant: Annotated[str, typer.Option(help="Whose events they are; a service tells it by the key.")] = "default",
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=NAME", help="What a file calls a field, such as at=when; may be repeated."),
    ] = None,
    type: Annotated[str, typer.Option(help="Type of events in a file that has no such column.")] = "view",
    time_format: Annotated[str, typer.Option(help="How times are written, as for strptime.")] = "",
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Where rows go that are no events [default: FILE.quarantine.jsonl].", show_default=False),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what is written to a .jsonl file.")] = False,
    stream: Annotated[str, typer.Option(help="Key of the stream in Redis.")] = "genre:events:{tenant}",
    group: Annotated[str, typer.Option(help="Of consumers that share the stream.")] = "genre",
    start: Annotated[
        str | None,
        typer.Option(
            "--from", help="Read the stream again from an id or time (0: from its start) up to now, outside the group."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when the group is done with the stream.")] = False,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Events in one transaction.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Bring events from a file or a Redis stream to a service, each once.

    What is no event is set aside with the reason. Started again, it goes on: events that came before are known. A
    running service has them in its next answers.
    """
    from genre.cli._sinks import address, opened_sink
    from genre.core.progress import measured

    target, source = address(target, "TARGET"), address(source, "SOURCE")
    is_stream = source.startswith(REDIS)
    if follow if is_stream else once or start is not None:
        raise typer.BadParameter("--follow is for files, --from and --once are for streams")
    rules = _rules(column or [], type, time_format)
    kept = quarantine or Path(f"{source}.quarantine.jsonl")
    with (
        working(as_json or follow),
        measured() as cost,
        opened_sink(target, tenant, source if is_stream else None) as sink,
    ):
        if is_stream:
            name = stream.replace("{tenant}", tenant)
            told = _stream(sink, source, name, {"group": group, "batch": batch}, start, once)
        else:
            told = _file(sink, Path(source), rules, kept, batch, follow)
    document = {**told, "seconds": cost.seconds, "peak_mib": cost.peak_mib}
    if as_json:
        print_json(document)
    else:
        _show(document)


def _rules(columns: list[str], type: str, time_format: str) -> RowRules:
    from genre.core.errors import DataError, Fault
    from genre.serving.stream.rows import RowRules
    from genre.sources._time_reader import is_form

    named = dict(one.partition("=")[::2] for one in columns)
    if not all(named.values()):
        raise typer.BadParameter("--column: write FIELD=NAME, such as user_id=visitor")
    if time_format and not is_form(time_format):
        raise DataError(Fault("--time-format", f"'{time_format}' tells no day.", "Write '%d.%m.%Y %H:%M', say."))
    return RowRules(named, type, time_format=time_format)


def _file(sink: Sink, path: Path, rules: RowRules, kept: Path, batch: int, follow: bool) -> dict[str, Any]:
    from genre.core.places import check_places
    from genre.serving.stream.files import FileIntake, Ingested

    check_places(files=[kept])
    intake, n_written = FileIntake(sink, path, rules, batch), 0

    def tell(now: Ingested) -> None:
        nonlocal n_written
        if now.n_refused > n_written:
            n_written = now.n_refused
            _keep(now.quarantine, kept)

    if follow:
        found = intake.follow(_until_told(), tell)
    else:
        try:
            found = intake.run()
        finally:
            tell(intake.so_far)
    reasons = {f"{one.reason}": one.n_rows for one in found.quarantine}
    return {
        "source": str(path),
        "rows": found.n_rows,
        "new": found.n_new,
        "known": found.n_known,
        "refused": found.n_refused,
        "reasons": reasons,
        "quarantine": str(kept) if found.n_refused else None,
    }


def _stream(sink: Sink, url: str, name: str, settings: dict[str, Any], start: str | None, once: bool) -> dict[str, Any]:
    from genre.serving._redis import place_of
    from genre.serving.stream.consumer import Consumer
    from genre.serving.stream.replay import replay
    from genre.serving.stream.settings import StreamSettings

    source, dead = f"{place_of(url)} {name}", f"{name}:dead"
    if start is not None:
        found = replay(sink, url, name, start)
        reasons: dict[str, int] = {}
        for _, reason in found.refused:
            reasons[reason] = reasons.get(reason, 0) + 1
        n_refused, told = len(found.refused), {"new": found.n_new, "known": found.n_known}
        return {"source": source, **told, "refused": n_refused, "reasons": reasons, "quarantine": None}
    done = Consumer(sink, url, name, StreamSettings(**settings)).run(_until_told(), until_idle=once)
    told = {"new": done.n_new, "known": done.n_known, "refused": done.n_refused}
    return {"source": source, **told, "reasons": {}, "quarantine": dead if done.n_refused else None}


def _keep(quarantine: tuple[Quarantine, ...], path: Path) -> None:
    from genre.values import write_quarantine

    write_quarantine(quarantine, path)


def _until_told() -> threading.Event:
    """Set when this process is asked to stop."""
    import signal
    import threading

    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    return stop


def _show(told: dict[str, Any]) -> None:
    """The figures on standard output, rows that were set aside on standard error."""
    speed = (told["new"] + told["known"] + told["refused"]) / max(told["seconds"], 1e-9)
    print(
        f"{told['source']}: {told['new']:,} new events, {told['known']:,} known, {told['refused']:,} set aside; "
        f"{told['seconds']:.1f} s ({speed:,.0f} a second), {told['peak_mib']:.0f} MiB at most."
    )
    if told["refused"]:
        print(f"Set aside{', kept in ' + told['quarantine'] if told['quarantine'] else ''}:", file=sys.stderr)
        for reason, n in told["reasons"].items():
            print(f"  {reason} ({n:,})", file=sys.stderr)
