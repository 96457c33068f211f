"""A server of few words whose behaviour a test decides."""

import asyncio
import threading

import httptools
import pytest

ANSWER = b'{"fallback": "popular", "items": []}'


class Session(asyncio.Protocol):
    """One connection: answers each request as the server's `reply` says."""

    def __init__(self, server):
        self.server, self.parser, self.is_busy = server, httptools.HttpRequestParser(self), False

    def connection_made(self, transport):
        self.transport = transport
        self.server.n_connections += 1

    def data_received(self, data):
        self.parser.feed_data(data)

    def on_message_begin(self):
        self.body = b""

    def on_url(self, url):
        self.url = url.decode()

    def on_header(self, name, value):
        if name == b"authorization":
            self.server.keys.add(value.decode())

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        self.server.seen.append((self.url, self.body))
        self.server.reply(self, len(self.server.seen))

    def answer(self, status=200, body=ANSWER, headers=b""):
        head = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n%b\r\n" % (status, len(body), headers)
        self.transport.write(head + body)


class Server:
    """Attributes:
    reply: takes the session and the number of the request, from 1.
    seen: path and body of every request.
    """

    def __init__(self):
        self.reply, self.seen, self.keys, self.n_connections = lambda one, _: one.answer(), [], set(), 0
        self.loop = asyncio.new_event_loop()
        self.serving = self.loop.run_until_complete(self.loop.create_server(lambda: Session(self), "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.serving.sockets[0].getsockname()[1]}"
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def close(self):
        self.loop.call_soon_threadsafe(self.serving.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def server():
    found = Server()
    yield found
    found.close()
