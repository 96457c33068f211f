"""What is asked and told: calls of some kinds, in some shares, for some users, about items that there are."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genre.core.errors import Fault, RequestError, near

if TYPE_CHECKING:
    from genre.client.client import Client

KINDS = ("recommend", "similar", "search", "rank", "events")
N_ITEMS, N_TEXTS, N_USERS, N_TOUCHED, N_RANKED = 200, 20, 100, 5, 20
SPAN = re.compile(r"(.*?)(\d+)\.\.\1(\d+)")


@dataclass(frozen=True)
class World:
    """What calls are about.

    Attributes:
        users: ids; empty: strangers with histories ask.
        items: ids.
        texts: to search for.
    """

    users: Sequence[str]
    items: Sequence[str]
    texts: Sequence[str] = ("new",)


@dataclass(frozen=True)
class Traffic:
    """Calls in some shares, the same for the same seed (but for the ids of events).

    Attributes:
        mix: weight by kind.
        k: length of lists.
    """

    world: World
    mix: Mapping[str, float]
    k: int = 10
    seed: int = 0
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_chance", random.Random(self.seed))  # noqa: S311

    def calls(self) -> Iterator[tuple[str, bytes]]:
        """Kind and body, without end."""
        kinds, weights = list(self.mix), list(self.mix.values())
        while True:
            (kind,) = self._chance.choices(kinds, weights)
            yield kind, json.dumps(getattr(self, f"_{kind}")()).encode()

    def _recommend(self) -> dict[str, Any]:
        return {**self._asker(), "k": self.k}

    def _similar(self) -> dict[str, Any]:
        return {"items": [self._chance.choice(self.world.items)], "k": self.k}

    def _search(self) -> dict[str, Any]:
        return {"text": self._chance.choice(self.world.texts), **self._asker(), "k": self.k}

    def _rank(self) -> dict[str, Any]:
        return {"items": self._some_items(N_RANKED), **self._asker()}

    def _events(self) -> dict[str, Any]:
        user = self._chance.choice(self.world.users)
        event = {"user_id": user, "item_id": self._chance.choice(self.world.items), "type": "view"}
        return {"events": [{"event_id": uuid.uuid4().hex, **event}]}

    def _asker(self) -> dict[str, Any]:
        if self.world.users:
            return {"user_id": self._chance.choice(self.world.users)}
        return {"history": self._some_items(N_TOUCHED)}

    def _some_items(self, n: int) -> list[str]:
        return self._chance.sample(self.world.items, min(n, len(self.world.items)))


def learned(shop: Client, mix: Mapping[str, float], users: Sequence[str] | None) -> World:
    """What there is to ask about; where events are told and no users are given, those of the events ask.

    Raises:
        ApiError: the service cannot be asked.
        RequestError: it lists no items.
    """
    items = shop.recommend(scenario="popular", k=N_ITEMS).item_ids
    if not items:
        raise RequestError(Fault("items", "the service lists none.", "Put some, then try again."))
    if users is None:
        users = [f"loadtest-{n}" for n in range(N_USERS)] if "events" in mix else []
    texts = _texts(shop, items[:N_TEXTS]) if "search" in mix else []
    return World(users, items, texts or ("new",))


def read_users(text: str) -> list[str]:
    """Ids from a file with one on each line, or a span of numbers.

    Raises:
        RequestError: it is neither, or holds none.

    >>> read_users("u8..u10")
    ['u8', 'u9', 'u10']
    """
    path, span = Path(text), SPAN.fullmatch(text)
    if path.is_file():
        users = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    elif span:
        users = [f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)]
    else:
        raise RequestError(Fault("--users", f"'{text}' is no file and no span.", "Write FILE, or u1..u943."))
    if not users:
        raise RequestError(Fault("--users", f"'{text}' holds no user.", "Write one id on each line."))
    return users


def read_mix(text: str) -> dict[str, float]:
    """Weights by kind.

    Raises:
        RequestError: a kind that there is not, or no weight.

    >>> read_mix("recommend=80,events=20")
    {'recommend': 80.0, 'events': 20.0}
    """
    mix: dict[str, float] = {}
    for part in text.split(","):
        kind, _, weight = (one.strip() for one in part.partition("="))
        if kind not in KINDS:
            raise RequestError(Fault("--mix", f"there is no kind '{kind}'.", near(kind, KINDS)))
        try:
            mix[kind] = float(weight or 1)
        except ValueError:
            mix[kind] = -1.0
        if not 0 < mix[kind] < float("inf"):
            raise RequestError(Fault("--mix", f"'{weight}' is no weight.", "Write recommend=80,events=20."))
    return mix


def _texts(shop: Client, items: Sequence[str]) -> list[str]:
    """The longest text of each item: what somebody may look for."""
    found = [
        [value for name, value in shop.item(one).items() if isinstance(value, str) and name != "item_id"]
        for one in items
    ]
    return [max(values, key=len)[:100] for values in found if values]
