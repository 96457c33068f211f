"""Screenshots for the docs: drawn anew where GENRE_SCREENSHOTS is set, and always there."""

import math
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from genre.serving.dashboard.pulse import Totals

DOCS = Path(__file__).parents[3] / "docs"
SHOTS = {
    "overview": ("", 1280, 800, "light"),
    "catalogue": ("catalogue", 1280, 800, "light"),
    "user": ("users/user-05", 1280, 1180, "light"),
    "models": ("models?user=user-05", 1280, 1180, "light"),
    "live": ("live", 1280, 800, "light"),
    "live-dark": ("live", 1280, 800, "dark"),
    "phone-overview": ("", 390, 844, "light"),
    "phone-user": ("users/user-05", 390, 844, "dark"),
}
MOST_BYTES = 250_000


def a_busy_while(now):
    """Counts as they are after five minutes of some visitors, for charts that show something."""
    seconds, lists, events = (
        dict.fromkeys((0.0025, 0.005, 0.01, 0.025, math.inf), 0.0),
        {"none": 0.0, "popular": 0.0},
        0.0,
    )
    for step in range(-150, 1):
        wave = 1 + 0.4 * math.sin(step / 9) + 0.2 * math.sin(step / 3.1)
        n = 90 * wave
        events += 24 * (1 + 0.5 * math.sin(step / 14))
        for bound, share in zip(seconds, (0.45 / wave, 0.86, 0.97, 0.995 + 0.005 / wave**2, 1.0), strict=True):
            seconds[bound] += n * share
        lists["none"] += n * 0.9
        lists["popular"] += n * 0.1 * wave
        coverage = 0.62 + 0.05 * math.sin(step / 25)
        yield Totals(now + 2 * step, dict(seconds), dict(lists), events, 0.0, coverage)


@pytest.mark.skipif(not os.environ.get("GENRE_SCREENSHOTS"), reason="GENRE_SCREENSHOTS is not set")
@pytest.mark.parametrize("name", SHOTS)
def test_screenshots_are_drawn(page, site, name):
    path, width, height, scheme = SHOTS[name]
    pulse = site.gate._house.pulses["films"]
    kept = list(a_busy_while(time.time()))
    pulse._kept.clear()
    pulse._kept.extend(kept)
    pulse._clock = lambda: kept[-1].at
    event = {"event_id": "shot", "user_id": "user-05", "item_id": "f30", "type": "dislike"}
    site.ask("POST", "/v1/events", {"events": [event]})
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site.url(path))
    page.wait_for_selector("h1")
    if name == "user":
        page.locator("summary").first.click()
    page.wait_for_timeout(1200)
    file = DOCS / "dashboard" / f"{name}.png"
    file.parent.mkdir(exist_ok=True)
    page.screenshot(path=file)
    Image.open(file).quantize(160, dither=Image.Dither.NONE).save(file, optimize=True)


def test_screenshots_are_there_and_shown():
    text = (DOCS / "dashboard.md").read_text()
    there = {file.stem: file for file in (DOCS / "dashboard").glob("*.png")}
    assert set(there) == set(SHOTS)
    for name, file in there.items():
        assert f"(dashboard/{name}.png)" in text and file.stat().st_size < MOST_BYTES
        assert Image.open(file).size == SHOTS[name][1:3]
