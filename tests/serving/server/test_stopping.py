"""A server that is told to stop answers what is under way first."""

import json
import signal
import socket
import time
from urllib.parse import urlsplit

import pytest


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_request_that_is_under_way_is_answered(serve, bundle, n_workers):
    server = serve(bundle, "--workers", n_workers)
    address = urlsplit(server.url)
    body = json.dumps({"user_id": "u1", "k": 3}).encode()
    head = f"POST /v1/recommend HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.keys[0]}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        line.sendall(head.encode() + body[:5])
        time.sleep(0.3)  # the worker has read it
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        with pytest.raises(ConnectionRefusedError):  # nobody else is let in any more
            socket.create_connection((address.hostname, address.port), timeout=5)
        assert server.process.poll() is None
        line.sendall(body[5:])
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200") and len(json.loads(answer.partition(b"\r\n\r\n")[2])["items"]) == 3
    assert server.stop() == 0 and "Traceback" not in server.err
