"""A client of a service: its questions, events, items, users, models and keys over HTTP, typed.

>>> from genre.client import Client, Event
>>> with Client("http://127.0.0.1:8000") as shop:      # doctest: +SKIP
...     shop.send_events([Event("196", "50", "view")])
...     shop.recommend("196", k=10).item_ids
"""

from genre.client.client import Client
from genre.client.errors import ApiError
from genre.client.questions import Event
from genre.client.results import Answer
from genre.client.retries import Retries

__all__ = ["Answer", "ApiError", "Client", "Event", "Retries"]
