"""Nothing acknowledged is lost: events and items are posted while the service is killed (SIGKILL) at random moments.

    python -m benchmarks.serving.kills                       SQLite and PostgreSQL, about 8 minutes
    python -m benchmarks.serving.kills --events 2000 --kills 3 --store sqlite        a quick look

50,000 events go in 100 batches, each sent again until it is acknowledged; 20 times the service is killed a random
moment after a batch was sent, and started again on the same store. Then items: new ones, changes and deletions, in 100
batches, with as many kills. What is in the store is read with sqlite3 and psycopg, past GENRE: after each kill, that
all that was acknowledged is there and of the batch on its way all or nothing; at the end, that each event is there
once, as it was sent, and each item as it was acknowledged last. Then the service is asked too. Ends with exit code 1
where something was lost or came twice.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.serving import databases
from benchmarks.serving.asking import Asking, Unanswered
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.running import Serving

N_EVENTS, N_BATCHES, N_KILLS = 50_000, 100, 20
ITEMS_AT_ONCE = 20
LATEST = 1.2
"""A kill comes at most this share of a batch's time after it was sent: most leave one in doubt."""
FIRST_S = 0.05
EVENT = "event_id, user_id, item_id, type, at, value"
Batch = list[dict[str, Any]]


@dataclass
class Outcome:
    """What became of a run.

    Attributes:
        lost: acknowledged, and not in the store, or not as it was sent.
        twice: in the store more than once.
        torn: batches that were on their way when the service was killed, of which a part is in the store.
        n_in_doubt: of the kills, those that left a batch without an answer.
        n_kept: of these, those whose batch was in the store all the same.
        restarts: seconds until the service was ready again.
    """

    n_acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    n_kills: int = 0
    n_in_doubt: int = 0
    n_kept: int = 0
    restarts: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        starts = f"{statistics.median(self.restarts):.1f} s, at most {max(self.restarts):.1f}" if self.restarts else "-"
        return (
            f"{self.n_acknowledged:,} acknowledged, {self.n_kills} kills, {self.n_in_doubt} of them with a batch in"
            f" doubt (of which {self.n_kept} was kept); ready again after {starts}"
        )


def main() -> int:
    """Kill, count, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=N_EVENTS)
    parser.add_argument("--batches", type=int, default=N_BATCHES)
    parser.add_argument("--kills", type=int, default=N_KILLS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), help="one of them alone")
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    asked = parser.parse_args()
    bundle, bars = movielens(asked.bundle), []
    for kind in ("sqlite", "postgresql") if asked.store is None else (asked.store,):
        for what, batches, check in (
            ("events", event_batches(bundle, asked.events, asked.batches, asked.seed), check_events),
            ("items", item_batches(bundle, asked.batches, asked.seed), check_items),
        ):
            with new_store(kind) as store, tempfile.TemporaryDirectory() as folder:
                service = Serving(bundle, Path(folder), store)
                found = run(service, batches, kills_at(asked.batches, asked.kills, asked.seed), check)
            print(f"{kind}, {what}: {found}", flush=True)
            for word in ("lost", "twice", "torn"):
                wrong = getattr(found, word)
                print(*(f"  {word}: {one}" for one in wrong[:5]), sep="\n", end="\n" if wrong else "")
                bars.append(Bar(f"{what} {word}, {kind}", len(wrong), 0))
    return tell(bars)


Check = Callable[[str, Sequence[Batch], Batch | None, Outcome], None]


def run(service: Serving, batches: Sequence[Batch], kills: dict[int, float], check: Check) -> Outcome:
    """Post all batches, in order, each until it is acknowledged.

    Args:
        kills: by batch, when after it was sent the service is killed, as a share of what such a batch takes.
        check: looks into the store, told of the batches that were acknowledged and the one in doubt.
    """
    found = Outcome()
    service.start()
    asking = Asking(service.url, service.key)
    store, taken = service.store or "", {False: list[float](), True: list[float]()}
    try:
        for place, batch in enumerate(batches):
            usual = statistics.median(taken[len(batch) > 1] or [FIRST_S])
            kill = threading.Timer(kills[place] * usual, service.kill) if place in kills else None
            if kill is not None:
                kill.start()
            began = time.perf_counter()
            in_doubt = not _post(asking, batch)
            if not in_doubt:
                taken[len(batch) > 1].append(time.perf_counter() - began)
            if kill is not None:
                kill.join()
                found.n_kills += 1
                found.n_in_doubt += in_doubt
                check(store, batches[: place + (not in_doubt)], batch if in_doubt else None, found)
                service.start()
                found.restarts.append(service.seconds[-1])
                asking.close()
            if in_doubt and not _post(asking, batch, again=True):
                raise SystemExit("the service is gone though nobody killed it")
            found.n_acknowledged += len(batch)
        check(store, batches, None, found)
        _ask_it_too(asking, batches, found)
    finally:
        service.kill()
    return found


def kills_at(n_batches: int, n_kills: int, seed: int) -> dict[int, float]:
    """Random batches, each with a random share of the time that it takes."""
    chance = random.Random(seed)
    return {place: chance.uniform(0, LATEST) for place in sorted(chance.sample(range(n_batches), n_kills))}


def event_batches(bundle: Path, n_events: int, n_batches: int, seed: int) -> list[Batch]:
    """Events of random users with random items."""
    chance = random.Random(seed)
    users, items = ids(bundle, "user"), ids(bundle, "item")
    size = n_events // n_batches
    return [[_event(place * size + n, users, items, chance) for n in range(size)] for place in range(n_batches)]


def item_batches(bundle: Path, n_batches: int, seed: int) -> list[Batch]:
    """Two in three put items, half of them new ones and half changed; the third deletes one (its title is None)."""
    chance = random.Random(seed)
    there, batches = ids(bundle, "item"), list[Batch]()
    for place in range(n_batches):
        if place % 3 == 2:
            gone = there.pop(chance.randrange(len(there)))
            batches.append([{"item_id": gone, "title": None}])
            continue
        new = [f"new-{place}-{n}" for n in range(ITEMS_AT_ONCE // 2)]
        changed = chance.sample(there, ITEMS_AT_ONCE // 2)
        batches.append([{"item_id": id, "title": f"Film {id} as of {place}"} for id in (*new, *changed)])
        there += new
    return batches


def check_events(store: str, acknowledged: Sequence[Batch], in_doubt: Batch | None, found: Outcome) -> None:
    """Every acknowledged event is there once, as it was sent; of the batch in doubt all or nothing; nothing else."""
    rows = {row[0]: row[1:] for row in databases.rows_of(store, f"SELECT {EVENT} FROM events")}
    counts = Counter(row[0] for row in databases.rows_of(store, "SELECT event_id FROM events"))
    found.twice += [id for id, n in counts.items() if n > 1]
    expected = {
        one["event_id"]: tuple(one[name.strip()] for name in EVENT.split(",")[1:]) for one in _all(acknowledged)
    }
    found.lost += [id for id, content in expected.items() if rows.get(id) != content]
    rest = set(rows) - set(expected)
    _check_doubt(rest, {one["event_id"] for one in in_doubt or ()}, found)
    _check_file(store, found)


def check_items(store: str, acknowledged: Sequence[Batch], in_doubt: Batch | None, found: Outcome) -> None:
    """Every item is as it was acknowledged last, or, all together, as the batch in doubt has it."""
    listed = databases.rows_of(store, "SELECT id, columns FROM items")
    counts = Counter(row[0] for row in listed)
    found.twice += [id for id, n in counts.items() if n > 1]
    rows = {id: _title(columns) for id, columns in listed}
    expected = {one["item_id"]: one["title"] for one in _all(acknowledged)}
    doubted = {one["item_id"]: one["title"] for one in in_doubt or ()}
    sure = {id: title for id, title in expected.items() if id not in doubted}
    found.lost += [id for id, title in sure.items() if id not in rows or rows[id] != title]
    rest = {id for id, title in rows.items() if expected.get(id, "") != title}
    _check_doubt(rest, {id for id, title in doubted.items() if expected.get(id, "") != title}, found)
    _check_file(store, found)


def _check_doubt(rest: set[str], doubted: set[str], found: Outcome) -> None:
    """What is in the store beside what was acknowledged is the batch in doubt, whole, or nothing."""
    if rest and rest != doubted:
        found.torn.append(f"{len(rest & doubted)} of {len(doubted)} kept, {len(rest - doubted)} of nobody's")
    found.n_kept += bool(rest) and rest == doubted


def _check_file(store: str, found: Outcome) -> None:
    fault = databases.fault_of(store)
    if fault is not None:
        found.torn.append(fault)


def _post(asking: Asking, batch: Batch, again: bool = False) -> bool:
    """Whether it was acknowledged; what is sent again may have been deleted the first time."""
    try:
        if "event_id" in batch[0]:
            asking.must("POST", "/v1/events", {"events": batch})
        elif batch[0]["title"] is not None:
            asking.must("PUT", "/v1/items", {"items": batch})
        else:
            reply = asking.ask("DELETE", f"/v1/items/{batch[0]['item_id']}")
            if reply.status != 200 and not (again and reply.status == 404):
                raise SystemExit(f"{reply.status} {reply.body}")
    except Unanswered:
        return False
    return True


def _ask_it_too(asking: Asking, batches: Sequence[Batch], found: Outcome) -> None:
    """What the service itself says of a few users and items at the end."""
    if "event_id" in batches[0][0]:
        for user in sorted({one["user_id"] for one in batches[-1]})[:20]:
            sent = [one["event_id"] for one in _all(batches) if one["user_id"] == user]
            kept = [one["event_id"] for one in asking.must("GET", f"/v1/users/{user}")["events"]]
            found.lost += [f"{id} in the export of user {user}" for id in sent if kept.count(id) != 1]
        return
    last = {one["item_id"]: one["title"] for one in _all(batches)}
    for id in sorted(last)[::10]:
        reply = asking.ask("GET", f"/v1/items/{id}")
        told = reply.body["title"] if reply.status == 200 else None
        found.lost += [f"{id} as the service answers: {told}"] if told != last[id] else []


def _event(number: int, users: Sequence[str], items: Sequence[str], chance: random.Random) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "user_id": chance.choice(users),
        "item_id": chance.choice(items),
        "type": chance.choice(("view", "click", "purchase")),
        "at": 1_700_000_000.0 + number,
        "value": chance.choice((None, 1.0, 4.5)),
    }


def _title(columns: Any) -> str | None:
    found = json.loads(columns) if isinstance(columns, str) else columns
    return None if found is None else found["title"]


def _all(batches: Sequence[Batch]) -> Iterator[dict[str, Any]]:
    return (one for batch in batches for one in batch)


@contextmanager
def new_store(kind: str) -> Iterator[str]:
    """The address of an empty store."""
    if kind == "postgresql":
        with databases.postgres() as server:
            yield server.new_database()
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "store.db")


if __name__ == "__main__":
    raise SystemExit(main())
