"""Parts of pages. Texts become text nodes and attributes, never markup, whatever is in them.

Only plain HTML and SVG elements are used, so that pages run under a policy that allows no eval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from nicegui.elements.mixins.text_element import TextElement

Part = TextElement


class Best(float):
    """A number that is the best of its row."""


def part(tag: str, text: object = "", style: str = "", /, **attributes: object) -> Part:
    """An element of HTML or SVG, within the one that is open.

    Args:
        style: classes.
        attributes: `aria_label` is written `aria-label`, `class_` is not needed; None and False are left out.
    """
    made = TextElement(tag=tag, text="" if text is None else str(text))
    if style:
        made.classes(style)
    put(made, **attributes)
    return made


def put(made: Part, **attributes: object) -> None:
    """Set attributes of an element."""
    with made.props.suspend_updates():
        for name, value in attributes.items():
            made.props.set_optional(name.rstrip("_").replace("_", "-"), None if value is False else value)
    made.update()


def card(title: str = "", style: str = "") -> Part:
    """A section with a heading; what follows goes into it: `with card("Store"): ...`."""
    made = part("section", "", f"card {style}".strip(), aria_label=title or None)
    if title:
        with made:
            part("h2", title)
    return made


def figure(label: str, value: object, note: str = "") -> tuple[Part, Part]:
    """One number with its name; the number and the note, to change them later."""
    with part("div", "", "figure"):
        part("span", label, "label")
        shown = part("strong", value, "value")
        said = part("span", note, "note")
    return shown, said


def link(text: object, to: str, style: str = "", **attributes: object) -> Part:
    """A link within the dashboard."""
    return part("a", text, style, href=to, **attributes)


def badge(text: object, kind: str = "") -> Part:
    """A word that stands out; kinds: good, warn, bad, or none."""
    return part("span", text, f"badge {kind}".strip())


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], caption: str) -> None:
    """Plain values in rows; one that is marked as the best of its row stands out."""
    with part("div", "", "scroll", tabindex=0, role="region", aria_label=caption), part("table"):
        with part("thead"), part("tr"):
            for head in heads:
                part("th", head, scope="col")
        with part("tbody"):
            for row in rows:
                with part("tr"):
                    for value in row:
                        style = "number" if isinstance(value, int | float) else ""
                        part("td", shown(value), f"{style} best" if isinstance(value, Best) else style)


def bar(share: float, label: str, style: str = "") -> None:
    """A bar that is filled to a share from 0 to 1."""
    width = min(max(share, 0.0), 1.0) * 100
    with part("span", "", f"bar {style}".strip(), role="img", aria_label=label):
        part("span").style(f"width: {width:.1f}%")


def stack(parts: Sequence[tuple[str, int]], label: str) -> None:
    """Counts side by side in one bar, and what each stands for below it."""
    total = max(sum(n for _, n in parts), 1)
    with part("div", "", "stack", role="img", aria_label=f"{label}: {', '.join(f'{n:,} {name}' for name, n in parts)}"):
        for place, (_, n) in enumerate(parts):
            part("span", "", f"ink-{place}").style(f"width: {100 * n / total:.2f}%")
    with part("div", "", "legends"):
        for place, (name, n) in enumerate(parts):
            with part("span", "", f"legend ink-{place}"):
                part("strong", f"{n:,}")
                part("span", name)


def shown(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value) or "-"
    return str(value)


def plain(value: object) -> str:
    """A column of an item or user: as `shown`, but whole numbers without commas, for most are years and codes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else shown(value)


def counted(n: int, thing: str) -> str:
    """1 item, 2 items."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def moment(at: float) -> str:
    """Seconds since 1970 as a date and time in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def percent(share: float | None) -> str:
    """0.125 as 12.5 %."""
    return "-" if share is None else f"{round(share * 100, 1):g} %"


def millis(seconds: float | None) -> str:
    """0.0123 as 12.3 ms."""
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"
