"""Readings that a process remembers: the same words under one taxonomy mean the same. Keyed by digests, no words."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from agents.intents.answer import IntentAnswer
from agents.intents.taxonomy import Taxonomy

MOST: Final = 4096


class Readings:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, IntentAnswer] = OrderedDict()
        self._lock = Lock()

    def of(
        self,
        taxonomy: Taxonomy,
        text: str,
        history: Sequence[str],
        expecting: str | None,
        read: Callable[[], IntentAnswer],
    ) -> IntentAnswer:
        """The answer of `read`, which is asked once; of the history a reading looks at the last message alone."""
        shape = json.dumps([taxonomy.digest, text, list(history[-1:]), expecting])
        key = hashlib.sha256(shape.encode()).hexdigest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        answer = read()
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer

    def __len__(self) -> int:
        return len(self._kept)
