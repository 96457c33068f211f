"""How soon what is acknowledged shows in answers over HTTP, on the MovieLens bundle with its real text encoder.

    python -m benchmarks.serving.realtime                   about 2 minutes
    python -m benchmarks.serving.realtime --times 20 --bulk 200      a quick look

Event to changed list: from sending an event to having read a list that differs from the one before: the item is gone
from it, as it was touched. New item: from sending it until a list of new items and one like an item of the same words
hold it; edited: until a search finds it by its new words; deleted: until no list of new items holds it. Bulk: 2,000 new
items in one call, from sending it until the last of them is listed, while another client asks for recommendations at
50 requests a second; its latency is shown. Texts are new each time, so that no cache of encoded texts helps. Ends with
exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.serving.asking import Asking, request_bytes
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.load import Background, Done, cycled, percentile_ms
from benchmarks.serving.running import Serving

EVENT_MS, ITEM_S, BULK_S = 20.0, 1.0, 20.0
BULK, RATE = 2_000, 50.0
GIVE_UP_S = 60.0
WORDS = (
    "opera",
    "desert",
    "heist",
    "violin",
    "winter",
    "lighthouse",
    "robot",
    "harbour",
    "orchard",
    "pirate",
    "jungle",
)


def main() -> int:
    """Measure, print, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="events; of items a fifth of it")
    parser.add_argument("--bulk", type=int, default=BULK)
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    asked = parser.parse_args()
    bundle, bars = movielens(asked.bundle), []
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GENRE_CACHE": str(Path(folder) / "cache")}
        with Serving(bundle, Path(folder), environment=environment) as service:
            asking, chance = Asking(service.url, service.key), random.Random(os.getpid())
            bars += event_bars(asking, ids(bundle, "user"), asked.times, chance)
            bars += item_bars(asking, max(asked.times // 5, 3), chance)
            bars += bulk_bars(service, asking, ids(bundle, "user"), asked.bulk, chance)
    return tell(bars)


def event_bars(asking: Asking, users: Sequence[str], times: int, chance: random.Random) -> list[Bar]:
    """Each time another user, known to the model or not, touches the first item of the own list."""
    seconds = []
    for n in range(times):
        user = chance.choice(users) if n % 4 else f"stranger {n}"
        before = _list(asking, user)
        event = {"user_id": user, "item_id": before[0], "type": "view"}
        began = time.perf_counter()
        asking.must("POST", "/v1/events", {"events": [event]})
        after = _list(asking, user)
        seconds.append(time.perf_counter() - began)
        if before[0] in after or before == after:
            raise SystemExit(f"the list of user {user} is as before")
    _tell("event to changed list", seconds)
    return [Bar("event to changed list, median", 1000 * statistics.median(seconds), EVENT_MS, " ms")]


def item_bars(asking: Asking, times: int, chance: random.Random) -> list[Bar]:
    """New, edited and deleted items, one at a time; the bar is held by the slowest of all."""
    asking.must("PUT", "/v1/items", {"items": [_film("first", chance)]})  # the encoder reads its weights once
    seconds: dict[str, list[float]] = {"new item": [], "edited item": [], "deleted item": []}
    for n in range(times):
        film, words = _film(f"film-{n}", chance), _words(chance)
        id = film["item_id"]
        seconds["new item"].append(
            _until(
                lambda film=film: asking.must("PUT", "/v1/items", {"items": [film]}),
                lambda id=id: id in _newest(asking) and id in _similar(asking, "first", k=1000),
            )
        )
        seconds["edited item"].append(
            _until(
                lambda id=id, words=words: asking.must("PATCH", f"/v1/items/{id}", {"title": words}),
                lambda id=id, words=words: id in _found(asking, words),
            )
        )
        seconds["deleted item"].append(
            _until(
                lambda id=id: asking.must("DELETE", f"/v1/items/{id}"),
                lambda id=id, words=words: id not in _newest(asking) and id not in _found(asking, words),
            )
        )
    for name, taken in seconds.items():
        _tell(f"{name} to lists", taken)
    return [Bar(f"{name} to lists, the slowest", max(taken), ITEM_S, " s") for name, taken in seconds.items()]


def bulk_bars(service: Serving, asking: Asking, users: Sequence[str], n: int, chance: random.Random) -> list[Bar]:
    """Many new items in one call, while others are answered."""
    films = [_film(f"bulk-{place}", chance) for place in range(n)]
    requests = [request_bytes(service.key, "POST", "/v1/recommend", {"user_id": user}) for user in users]
    last = {film["item_id"] for film in films}
    with Background(service.url, cycled(requests), RATE) as load:
        time.sleep(3)
        began = load.now
        seconds = _until(
            lambda: asking.must("PUT", "/v1/items", {"items": films}),
            lambda: last <= set(_newest(asking, 1000)) if n <= 1000 else _holds_all(asking, last),
        )
        ended = load.now
        time.sleep(3)
    _tell_load("before", [one for one in load.done if one.due < began])
    _tell_load("while they are taken in", [one for one in load.done if began <= one.due < ended])
    _tell_load("after", [one for one in load.done if one.due >= ended])
    failed = sum(one.status != 200 for one in load.done)
    return [
        Bar(f"{n:,} new items in one call to lists", seconds, BULK_S, " s"),
        Bar("failed recommendations meanwhile", failed, 0),
    ]


def _holds_all(asking: Asking, wanted: set[str]) -> bool:
    """Whether pages of new items hold them all."""
    page = None
    for _ in range(1 + len(wanted) // 1000):
        body = {"scenario": "new", "k": 1000, **({"page": page} if page else {})}
        answer = asking.must("POST", "/v1/recommend", body)
        wanted = wanted - {one["item_id"] for one in answer["items"]}
        page = answer["next_page"]
    return not wanted


def _until(act: Callable[[], Any], is_so: Callable[[], bool]) -> float:
    """Seconds from before an act until after the first look that finds it so."""
    began = time.perf_counter()
    act()
    while not is_so():
        if time.perf_counter() - began > GIVE_UP_S:
            raise SystemExit("what was acknowledged does not show")
    return time.perf_counter() - began


def _list(asking: Asking, user: str) -> list[str]:
    return _ids(asking.must("POST", "/v1/recommend", {"user_id": user}))


def _newest(asking: Asking, k: int = 10) -> list[str]:
    return _ids(asking.must("POST", "/v1/recommend", {"scenario": "new", "k": k}))


def _similar(asking: Asking, item: str, k: int) -> list[str]:
    return _ids(asking.must("POST", "/v1/similar", {"items": [item], "k": k}))


def _found(asking: Asking, words: str) -> list[str]:
    return _ids(asking.must("POST", "/v1/search", {"text": words}))


def _ids(answer: Any) -> list[str]:
    return [one["item_id"] for one in answer["items"]]


def _film(id: str, chance: random.Random) -> dict[str, Any]:
    return {"item_id": id, "title": _words(chance), "year": chance.randint(1930, 1998), "genres": ["Drama", "Sci-Fi"]}


def _words(chance: random.Random) -> str:
    """A title that nobody has encoded before."""
    return " ".join([*chance.sample(WORDS, 4), f"{chance.getrandbits(32):x}"])


def _tell(name: str, seconds: Sequence[float]) -> None:
    ordered = sorted(1000 * one for one in seconds)
    shown = f"median {statistics.median(ordered):.1f}, p99 {ordered[int(0.99 * (len(ordered) - 1))]:.1f}"
    print(f"{name}: {len(ordered)} times, ms: {shown}, most {ordered[-1]:.1f}", flush=True)


def _tell_load(words: str, done: Sequence[Done]) -> None:
    shown = ", ".join(f"{name} {percentile_ms(done, share):.1f}" for name, share in (("median", 0.5), ("p99", 0.99)))
    print(f"  recommend {words}: {len(done)} requests, ms: {shown}, most {percentile_ms(done, 1.0):.1f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
