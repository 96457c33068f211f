"""Waiting for what other threads and processes do."""

import socket
import time


def eventually(claim, within_s=60.0):
    """Ask until it is true; fail when it does not come true. Machines that test may be slow, so time is no bar."""
    until = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < until, f"not true within {within_s:.0f} s"
        time.sleep(0.02)


def free_port():
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
