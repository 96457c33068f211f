"""Another model is activated, and rolled back, under load: no request fails, and each answer is of one of the versions.

    python -m benchmarks.serving.activation                one worker, then two: about 2 minutes
    python -m benchmarks.serving.activation --times 2 --rate 20      a quick look

`genre serve` on a folder with two versions of the MovieLens bundle and events that came since, under a steady load of
recommendations of random users. An activation takes as long as reading the bundle and taking over what came since;
latency is shown while it happens and otherwise. With two workers the other one follows within a moment: how long that
takes is shown. Ends with exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.serving.asking import Asking, request_bytes
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.load import Background, Done, cycled, percentile_ms
from benchmarks.serving.running import Serving

VERSIONS = ("first", "second")
RATE, PAUSE_S, N_EVENTS = 50.0, 4.0, 2_000


def main() -> int:
    """Activate, count, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=4, help="activations with each number of workers")
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    asked = parser.parse_args()
    bundle, bars = movielens(asked.bundle), []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            for version in VERSIONS:
                shutil.copytree(bundle, Path(folder) / "versions" / version)
            users = ids(bundle, "user")
            with Serving(Path(folder) / "versions", Path(folder), workers=workers) as service:
                bars += activations(service, users, asked.times, asked.rate)
    return tell(bars)


def activations(service: Serving, users: Sequence[str], times: int, rate: float) -> list[Bar]:
    """Turn by turn each version, the second time by rolling back."""
    asking = Asking(service.url, service.key)
    _post_events(asking, users)
    requests = [request_bytes(service.key, "POST", "/v1/recommend", {"user_id": user}) for user in users]
    spans, asked = [], []
    with Background(service.url, cycled(requests), rate) as load:
        time.sleep(PAUSE_S)
        for n in range(times):
            before = asking.must("GET", "/v1/models")["active"]
            version = next(one for one in VERSIONS if one != before)
            path = f"/v1/models/{version}/activate" if n % 2 == 0 else "/v1/models/rollback"
            began = load.now
            told = asking.must("POST", path)
            spans.append((began, load.now))
            asked.append((version, told["active"]))
            time.sleep(PAUSE_S)
    return _told(load.done, spans, asked, service.workers)


def _told(
    done: Sequence[Done], spans: Sequence[tuple[float, float]], asked: Sequence[tuple[str, str]], workers: int
) -> list[Bar]:
    good = [(one, json.loads(one.body)["model_version"]) for one in done if one.status == 200]
    inside = [one for one in done if any(began <= one.due < ended for began, ended in spans)]
    outside = [one for one in done if not any(began <= one.due < ended for began, ended in spans)]
    print(f"{workers} workers, {len(done):,} requests, by version {dict(Counter(version for _, version in good))}")
    print(f"  activations take {', '.join(f'{ended - began:.1f}' for began, ended in spans)} s")
    for name, part in (("meanwhile", inside), ("otherwise", outside)):
        shown = ", ".join(f"{word} {percentile_ms(part, share):.1f}" for word, share in SHARES.items())
        print(f"  {name}: {len(part)} requests, ms: {shown}")
    late = []
    for (version, _), (_, ended), (until, _) in zip(asked, spans, [*spans[1:], (float("inf"), 0.0)], strict=True):
        old = [one.due - ended for one, told in good if ended <= one.due < until and told != version]
        late.append(max(old, default=0.0))
    print(f"  the version before still answers for {', '.join(f'{one:.1f}' for one in late)} s", flush=True)
    strange = sum(version not in VERSIONS for _, version in good)
    return [
        Bar(f"failed requests, {workers} workers", len(done) - len(good), 0),
        Bar(f"answers of no version, {workers} workers", strange, 0),
        Bar(f"activations of another version than asked for, {workers} workers", sum(a != b for a, b in asked), 0),
        Bar(f"longest time of the version before, {workers} workers", max(late), PAUSE_S, " s"),
    ]


SHARES = {"median": 0.5, "p99": 0.99, "most": 1.0}


def _post_events(asking: Asking, users: Sequence[str]) -> None:
    """What a model that is activated must take over."""
    events = [
        {"event_id": f"e{n}", "user_id": users[n % len(users)], "item_id": str(1 + n % 1000), "type": "view", "at": n}
        for n in range(N_EVENTS)
    ]
    for start in range(0, N_EVENTS, 1000):
        asking.must("POST", "/v1/events", {"events": events[start : start + 1000]})


if __name__ == "__main__":
    raise SystemExit(main())
