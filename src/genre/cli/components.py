"""genre components: what there is."""

from __future__ import annotations

from typing import Annotated

import typer

from genre.cli._options import AsJson, print_json


def command(
    slot: Annotated[str | None, typer.Argument(help="Only this slot, such as encoders.")] = None,
    as_json: AsJson = False,
) -> None:
    """List every slot and the components that fit in it, one line each."""
    from genre.config.recipe import SLOTS
    from genre.core.errors import Fault, RequestError, near

    names = [known.name for known in SLOTS]
    if slot is not None and slot not in names:
        raise RequestError(Fault("slot", f"there is no slot '{slot}'.", near(slot, names)))
    chosen = [known for known in SLOTS if slot in (None, known.name)]
    listing = {known.name: {word: known.summary(word) for word in known.types()} for known in chosen}
    if as_json:
        print_json(listing)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("slot", "type", "what it does"):
        table.add_column(title, no_wrap=title != "what it does")
    for name, words in listing.items():
        for place, (word, summary) in enumerate(words.items()):
            table.add_row(name if place == 0 else "", word, summary)
    Console().print(table)
