"""A consumer that is killed in its third batch of 5: `python dying.py STORE URL STREAM before|after` the commit."""

import os
import signal
import sys
import threading

from genre.serving.store.sql import SqlStore
from genre.serving.stream.consumer import Consumer
from genre.serving.stream.settings import StreamSettings


class Dying:
    """A store; Redis hears nothing of its third batch."""

    def __init__(self, store, when):
        self.store, self.when, self.n = store, when, 0
        self.head = store.head

    def add_events(self, events):
        self.n += 1
        if self.n == 3 and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        is_new = self.store.add_events(events)
        if self.n == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return is_new


if __name__ == "__main__":
    path, url, stream, when = sys.argv[1:]
    Consumer(Dying(SqlStore.open(path), when), url, stream, StreamSettings(batch=5)).run(threading.Event())
