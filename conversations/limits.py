"""How much one customer, one page or one address may ask for; above it they wait, and everybody else goes on.

Counted in this process's memory: a limiter that asked another server would fall with it, or let everything through.
So a fleet of n web processes lets n times as much through. Attempts to sign in are counted in Postgres: signin.py.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from django.conf import settings

MOST_KEYS: Final = 20_000  # the longest silent are forgotten first; by then they have waited long enough
ONE_HOUSE: Final = 64  # who has an IPv6 address has its whole /64


class TooMuchError(Exception):
    """Refused for now; the text says what to do. `wait` is in whole seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"That was a lot at once. Wait {wait} second{'s' * (wait != 1)}, then send it again.")
        self.wait = wait


class Bucket:
    """Tokens that come back steadily: `at_once` of them, then `per_minute`."""

    def __init__(self, at_once: int, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self.per_second, self.clock = at_once, per_minute / 60, clock
        self.left, self.seen = float(at_once), clock()

    def take(self) -> float:
        """0 when one was there, else the seconds until one is; then nothing was taken."""
        now = self.clock()
        self.left = min(self.at_once, self.left + (now - self.seen) * self.per_second)
        self.seen = now
        if self.left < 1:
            return (1 - self.left) / self.per_second
        self.left -= 1
        return 0.0


class Limit:
    """One bucket for each key, with the numbers of config/product.py: `<name>_at_once`, `<name>_per_minute`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.lock = threading.Lock()

    def take(self, key: str | None) -> None:
        """One more for this key, or TooMuchError. None stands for those who share a key with strangers: not counted."""
        if key is None:
            return
        with self.lock:
            bucket = self.buckets.pop(key, None) or self.fresh()
            self.buckets[key] = bucket
            if len(self.buckets) > MOST_KEYS:
                self.buckets.popitem(last=False)
            wait = bucket.take()
        if wait:
            raise TooMuchError(int(wait) + 1)

    def fresh(self) -> Bucket:
        return Bucket(settings.HANDRAIL[f"{self.name}_at_once"], settings.HANDRAIL[f"{self.name}_per_minute"])


class Seats:
    """How many each address has open at the same time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: dict[str, int] = {}

    def take(self, key: str | None) -> bool:
        if key is None:
            return True
        if self.taken.get(key, 0) >= settings.HANDRAIL[self.name]:
            return False
        self.taken[key] = self.taken.get(key, 0) + 1
        return True

    def give_back(self, key: str | None) -> None:
        if key is not None and self.taken.get(key, 0) > 1:
            self.taken[key] -= 1
        elif key is not None:
            self.taken.pop(key, None)


def house(address: str | None) -> str | None:
    """The key of an address. None for this machine itself: behind a proxy that nobody has named (HANDRAIL_PROXIES)

    everybody would come from there, and one visitor could shut the door for all.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, ONE_HOUSE), strict=False))


MESSAGES: Final = Limit("messages")
HOUSE_MESSAGES: Final = Limit("address_messages")
TOKENS: Final = Limit("address_tokens")
SEARCHES: Final = Limit("address_searches")
VOTES: Final = Limit("address_votes")
SOCKETS: Final = Seats("address_sockets")
