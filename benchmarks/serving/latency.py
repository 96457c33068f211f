"""`POST /v1/recommend` of one worker over HTTP: latency at 100 requests a second, and throughput beside a bare echo.

    python -m benchmarks.serving.latency                          MovieLens, then 100,000 items: about 8 minutes
    python -m benchmarks.serving.latency --seconds 5 --items 20000     a quick look
    python -m benchmarks.serving.latency --only movielens

`genre serve` runs as its users run it, with SQLite and its access log. Requests are of users drawn at random, at
random moments, and each latency is counted from the moment that its request was due. Cold: each user's first request;
warm: later ones. Throughput: 8 connections, each asking again as soon as it is answered, in rounds that take turns with
two routes of the same application that answer with the JSON they are sent: /echo as FastAPI does it (the bar),
/echo-raw without FastAPI's reading and checking. What the load program itself takes of a core is told; `wrk` is the
second witness where it is installed. Ends with exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.serving.asking import Asking, request_bytes
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.load import Done, cycled, percentile_ms, saturated, steady
from benchmarks.serving.running import Serving

RATE = 100.0
P99_MS, LARGE_P99_MS, SHARE = 15.0, 30.0, 0.4
WITH_ECHO = ("-m", "benchmarks.serving.with_echo")
LARGE = 100_000


def main() -> int:
    """Measure, print, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each measurement")
    parser.add_argument("--items", type=int, default=LARGE, help="of the large catalogue")
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    parser.add_argument("--only", choices=("movielens", "large"))
    asked = parser.parse_args()
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as folder:
        if asked.only != "large":
            bars += movielens_bars(movielens(asked.bundle), Path(folder), asked.seconds)
        if asked.only != "movielens":
            bars += large_bars(Path(folder), asked.items, asked.seconds)
    return tell(bars)


def movielens_bars(bundle: Path, folder: Path, seconds: float) -> list[Bar]:
    """Latency of cold and of warm users, then throughput beside the echo."""
    users = ids(bundle, "user")
    with Serving(bundle, folder, launcher=WITH_ECHO) as service:
        print(f"MovieLens, {len(users)} users: ready after {service.seconds[0]:.1f} s", flush=True)
        requests = [_recommend(service.key, {"user_id": user}) for user in users]
        cold = steady(service.url, iter(requests), RATE, math.inf)
        warm = steady(service.url, cycled(requests), RATE, seconds)
        _tell_latency("each user's first request", cold)
        _tell_latency("users who come again", warm)
        p99 = percentile_ms([*cold, *warm], 0.99)
        share = throughput(service, requests, seconds)
        print(f"memory {service.memory_mib():.0f} MiB, at most {service.memory_mib('VmHWM'):.0f} MiB")
    return [
        Bar("p99 at 100 requests/s, MovieLens", p99, P99_MS, " ms"),
        Bar("throughput as a share of the echo's, MovieLens", share, SHARE, most=False),
    ]


def large_bars(folder: Path, n_items: int, seconds: float) -> list[Bar]:
    """Latency over all users of made-up shops, by recommender, plain and with filters and long lists."""
    from benchmarks.serving.synthetic import RECOMMENDERS, model

    bars = []
    for name in RECOMMENDERS:
        place = folder / name
        place.mkdir()
        model(place, n_items, 64, name).save(place / "bundle")
        users = ids(place / "bundle", "user")
        with Serving(place / "bundle", place) as service:
            facts = f"{name}, {n_items:,} items, {len(users):,} users"
            print(f"{facts}: ready after {service.seconds[0]:.1f} s", flush=True)
            done = []
            for words, more in ASKED.items():
                requests = [_recommend(service.key, {"user_id": user, **more}) for user in users]
                random.Random(0).shuffle(requests)
                steady(service.url, iter(requests), RATE, 1.0)
                part = steady(service.url, cycled(requests), RATE, seconds / len(ASKED))
                _tell_latency(words, part)
                done += part
            print(f"memory {service.memory_mib():.0f} MiB, at most {service.memory_mib('VmHWM'):.0f} MiB")
        bars.append(Bar(f"p99 at 100 requests/s, {facts}", percentile_ms(done, 0.99), LARGE_P99_MS, " ms"))
    return bars


ASKED = {
    "10 items": {},
    "100 items": {"k": 100},
    "of one kind": {"filter": {"column": "kind", "equals": "kind 3"}},
    "cheap and new to the user": {"filter": {"column": "price", "at_most": 20.0}, "exclude": ["i1", "i2"]},
}


def throughput(service: Serving, requests: Sequence[bytes], seconds: float, rounds: int = 5) -> float:
    """The share of the echo's throughput that recommend has: the median over rounds in which all take turns."""
    body = Asking(service.url, service.key).must("POST", "/v1/recommend", {"user_id": "1"})
    echoed = {path: [request_bytes(service.key, "POST", path, body)] for path in ("/echo", "/echo-raw")}
    kinds = {"recommend": list(requests), **echoed}
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    cost: dict[str, float] = {}
    for _ in range(rounds):
        for kind, sent in kinds.items():
            before, began = time.process_time(), time.perf_counter()
            done = saturated(service.url, cycled(sent), seconds / rounds / 2)
            took = time.perf_counter() - began
            _check(done)
            found[kind].append(len(done) / took)
            cost[kind] = (time.process_time() - before) / took
    for kind, rates in found.items():
        of_core = f"the load program takes {cost[kind]:.0%} of a core"
        print(f"  {kind:10} {statistics.median(rates):7,.0f} a second ({of_core}){_witness(service, kinds[kind])}")
    ratios = {path: _ratio(found["recommend"], found[path]) for path in echoed}
    print(f"  recommend is {ratios['/echo']:.2f} of /echo and {ratios['/echo-raw']:.2f} of /echo-raw")
    return ratios["/echo"]


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _witness(service: Serving, requests: Sequence[bytes]) -> str:
    """What wrk counts, over requests of at most a thousand kinds."""
    if shutil.which("wrk") is None:
        return ""
    path = requests[0].split(maxsplit=2)[1].decode()
    bodies = [one.partition(b"\r\n\r\n")[2].decode() for one in requests]
    script = service.folder / "asked.lua"
    script.write_text(
        f"local bodies = {{{','.join(map(json.dumps, bodies))}}}\n"
        f"local headers = {{['content-type'] = 'application/json', ['authorization'] = 'Bearer {service.key}'}}\n"
        "request = function() return wrk.format('POST', nil, headers, bodies[math.random(#bodies)]) end\n"
    )
    command = ["wrk", "-t1", "-c8", "-d3s", "-s", str(script), f"{service.url}{path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise SystemExit(told)
    rate = next(line.split()[1] for line in told.splitlines() if line.startswith("Requests/sec"))
    return f", wrk counts {float(rate):,.0f}"


def _recommend(key: str, question: dict[str, object]) -> bytes:
    return request_bytes(key, "POST", "/v1/recommend", question)


def _tell_latency(words: str, done: Sequence[Done]) -> None:
    _check(done)
    shown = ", ".join(f"{name} {percentile_ms(done, share):.1f}" for name, share in SHARES.items())
    print(f"  {words}: {len(done):,} requests, ms: {shown}", flush=True)


SHARES = {"median": 0.5, "p90": 0.9, "p99": 0.99, "most": 1.0}


def _check(done: Sequence[Done]) -> None:
    bad = [one for one in done if one.status != 200]
    if bad:
        raise SystemExit(f"{len(bad)} of {len(done)} requests failed: {bad[0].status} {bad[0].body[:300]!r}")


if __name__ == "__main__":
    raise SystemExit(main())
