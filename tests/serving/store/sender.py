"""A process that writes to a store and says on standard output what was acknowledged.

`python sender.py URL NAME N_BATCHES [FIRST]` writes batches of 5 events, one of them under an id that all senders use,
and one item each. It says a line `BATCH NEW` for each: the number, and as 0 or 1 for each event whether it was new.
"""

import sys

from genre.serving.records import Event, Record
from genre.serving.store.sql import SqlStore


def batch_of(name, number):
    """The events of a batch; the last is every sender's."""
    own = [Event(f"{name}-{number}-{n}", f"u{n}", f"i{number}", "view", float(number)) for n in range(4)]
    return [*own, Event(f"shared-{number}", "u", "i", "view", float(number), value=1.0)]


def send(url, name, n_batches, first=0):
    store = SqlStore.open(url)
    for number in range(first, n_batches):
        is_new = store.add_events(batch_of(name, number))
        store.put("items", [Record(name, {"batch": number})])
        sys.stdout.write(f"{number} {''.join(str(int(new)) for new in is_new)}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    send(sys.argv[1], sys.argv[2], int(sys.argv[3]), *map(int, sys.argv[4:]))
