"""The command line: one file per command, one place where faults become messages and exit codes."""

from __future__ import annotations

import os
import sys

import typer

from genre.cli import (
    check,
    compare,
    components,
    demo,
    evaluate,
    export,
    fit,
    ingest,
    init,
    keys,
    loadtest,
    recommend,
    schema,
    serve,
)
from genre.core.errors import Fault, GenreError

app = typer.Typer(
    name="genre",
    help="Recommendations that understand content.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    demo,
    init,
    check,
    fit,
    evaluate,
    compare,
    recommend,
    export,
    serve,
    keys,
    ingest,
    loadtest,
    components,
    schema,
):
    app.command(module.__name__.rpartition(".")[2])(module.command)


def run() -> None:
    """Run the command line. Exit code 1 is a fault of recipe, data or request, 2 wrong usage, 130 an interruption."""
    # threads that wait by spinning for long bring each other to a halt when another program wants a core: wait a
    # thirtieth as long as usual, which costs nothing on a quiet machine; read when torch loads
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except GenreError as error:
        fail(error)
    except KeyboardInterrupt:
        print("Interrupted. Started again, fit and demo go on where they stopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to be printed has no place
        fail(
            GenreError(
                Fault(
                    str(error.filename or "output"), f"{error.strerror or error}.", "Make room, or look at the rights."
                )
            )
        )


def fail(error: GenreError) -> None:
    """Show every fault on standard error and leave with exit code 1."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    count = len(error.faults)
    if count > 1:
        console.print(f"{count} faults:", style="bold red")
    for fault in error.faults:
        line = Text()
        if fault.where:
            line.append(f"{fault.where}: ", style="bold")
        line.append(fault.what, style="red")
        if fault.mend:
            line.append(f" {fault.mend}")
        console.print(line)
    sys.exit(1)
