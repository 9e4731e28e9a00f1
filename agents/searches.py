"""Answers of the search, kept for whoever asks the same again (S3-23). What is kept is the search's result, so that the
reply is still put into words, and checked, turn by turn.

The key holds all that a result depends on: the question and the talk before it, the intent, the audience, the release
(policy and taxonomy are pinned by it), the day (ages are counted in days), and the state of the knowledge, which is
another one as soon as anything is published, confirmed, archived, moved to another audience or reported (by a trigger).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

MOST: Final = 1_000
Answer = dict[str, Any]


class Searches:
    """The latest `most` results with the milliseconds that each took; a result isn't changed by anybody."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rows: OrderedDict[str, tuple[Answer, int]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: str, ask: Callable[[], Answer], aside: dict[str, Any]) -> Answer:
        """The kept result, or that of `ask`, kept when it is a good one. A hit notes in `aside` what it saved."""
        with self._lock:
            held = self._rows.get(key)
            if held is not None:
                self._rows.move_to_end(key)
        if held is not None:
            aside["kept"] = {"saved_ms": held[1]}
            return held[0]
        began = time.monotonic()
        answer = ask()
        if answer.get("ok"):
            self._keep(key, answer, int((time.monotonic() - began) * 1000))
        return answer

    def _keep(self, key: str, answer: Answer, took_ms: int) -> None:
        with self._lock:
            self._rows[key] = (answer, took_ms)
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)


SEARCHES: Final = Searches()
