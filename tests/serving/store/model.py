"""The contract of stores, kept in memory: what tests hold a real one against."""

from genre.serving.records import Change, Event, Record, Side
from genre.serving.store.base import Store


class MemoryStore(Store):
    """One dictionary in the order of changes; what changes again moves to the end."""

    def __init__(self):
        self._log = {}
        self._seq = 0

    def head(self):
        return self._seq

    def changes(self, after, limit=10_000):
        return [change for change in self._log.values() if change.seq > after][:limit]

    def add_events(self, events):
        return [self._note(("event", event.event_id), "event", event, once=True) for event in events]

    def events_of(self, user_id):
        mine = [change.content for change in self._log.values() if change.kind == "event"]
        return sorted((event for event in mine if event.user_id == user_id), key=lambda event: event.at)

    def put(self, side: Side, records):
        for record in records:
            self._note((side, record.id), side[:-1], record)

    def change(self, side, id, edit):
        record = edit(self.get(side, [id])[0])
        if record is not None:
            self.put(side, [record])
        return record is not None

    def get(self, side, ids):
        return [self._log[side, id].content if (side, id) in self._log else None for id in ids]

    def all(self, side):
        return iter([change.content for key, change in self._log.items() if key[0] == side])

    def erase(self, user_id, pseudonym):
        gone = [("event", event.event_id) for event in self.events_of(user_id)]
        gone += [("users", user_id)] if ("users", user_id) in self._log else []
        for key in gone:
            del self._log[key]
        self._note(("erasure", pseudonym), "erasure", pseudonym)
        return len(gone)

    def erased(self):
        return {change.content for change in self._log.values() if change.kind == "erasure"}

    def salt(self):
        return bytes(32)

    def activate(self, version):
        self._note(("activation", self._seq), "activation", version)

    def activations(self):
        return [(change.content, 0.0) for change in reversed(self._log.values()) if change.kind == "activation"]

    def close(self):
        pass

    def _note(self, key, kind, content: Event | Record | str, once=False):
        if once and key in self._log:
            return False
        self._log.pop(key, None)
        self._seq += 1
        self._log[key] = Change(self._seq, kind, content)
        return True
