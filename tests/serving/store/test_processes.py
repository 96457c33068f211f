"""Several processes on one store, some of them killed."""

import random
import subprocess
import sys
import time
from pathlib import Path

from tests.serving.store.sender import batch_of

from genre.serving.records import Record
from genre.serving.store.sql import SqlStore

SENDER = Path(__file__).with_name("sender.py")


def sender(url, name, n_batches, first=0):
    command = [sys.executable, SENDER, url, name, str(n_batches), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def follow(store, is_over):
    """Changes as a follower reads them in small bites, until `is_over()` and nothing is left."""
    seen, read = 0, []
    while True:
        over = is_over()
        changes = store.changes(seen, 7)
        assert all(change.seq > seen for change in changes)
        read += changes
        seen = changes[-1].seq if changes else seen
        if over and not changes:
            return read
        if not changes:
            time.sleep(0.002)


def test_a_follower_of_two_writers_reads_each_event_once_in_order(url):
    names, n_batches = ("one", "two"), 40
    senders = {name: sender(url, name, n_batches) for name in names}  # both make the tables
    store = SqlStore.open(url)
    read = follow(store, lambda: all(process.poll() is not None for process in senders.values()))
    said = {
        name: [line.split()[1] for line in process.communicate()[0].splitlines()] for name, process in senders.items()
    }
    assert [len(lines) for lines in said.values()] == [n_batches, n_batches]

    got = [change.content for change in read if change.kind == "event"]
    for name in names:
        own = [event for number in range(n_batches) for event in batch_of(name, number)[:4]]
        assert [event for event in got if event.event_id.startswith(name)] == own
        assert {line[:4] for line in said[name]} == {"1111"}
    shared = [event.event_id for event in got if event.event_id.startswith("shared")]
    assert sorted(shared) == sorted(f"shared-{number}" for number in range(n_batches))
    assert all(one[4] + two[4] in ("10", "01") for one, two in zip(said["one"], said["two"], strict=True))
    assert [change.seq for change in read] == sorted({change.seq for change in read})
    assert store.get("items", list(names)) == [Record(name, {"batch": n_batches - 1}) for name in names]
    store.close()


def test_what_was_acknowledged_outlives_sigkill(url):
    chance, acknowledged = random.Random(3), -1
    for _ in range(5):
        process = sender(url, "one", 100_000, acknowledged + 1)
        for _ in range(chance.randrange(1, 25)):
            acknowledged = int(process.stdout.readline().split()[0])
        time.sleep(chance.random() / 50)
        process.kill()
        rest = process.communicate()[0].splitlines()
        whole = [line for line in rest if len(line.split()) == 2 and len(line.split()[1]) == 5]
        acknowledged = int(whole[-1].split()[0]) if whole else acknowledged
    store = SqlStore.open(url)
    got = [change.content for change in store.changes(0, 1_000_000) if change.kind == "event"]
    sent = [event for number in range(acknowledged + 2) for event in batch_of("one", number)]
    n_sure = 5 * (acknowledged + 1)
    assert got in (sent[:n_sure], sent)  # of the batch that was cut off all or nothing
    assert store.get("items", ["one"])[0].columns["batch"] in (acknowledged, acknowledged + 1)
    store.close()
