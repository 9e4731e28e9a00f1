"""What a customer has read of a reply before it was finished: it is continued, and never taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from agents.guards.sentences import sentences, spans
from conversations import bell, outbox

from .ports import release_connection

if TYPE_CHECKING:
    from .claim import Work

MARK: Final = re.compile(r"\[(\d{1,2})\]")
SOURCES: Final = ("citations", "receipts")  # belong to the words that were read, and stay with them


@dataclass
class Shown:
    """The text and the extra of the unfinished message; empty where nothing was read yet."""

    text: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def showing(work: Work, extra: dict[str, Any], before: str = "") -> Callable[[str], bool]:
    """What a stream of this turn calls with all of it that may be read now; False: stop. `before`: checked words that
    stand in front of it in the same message; `extra` as of a finished message."""
    heard = None if work.drops >= settings.HANDRAIL["max_drops"] else work.heard

    def show(words: str) -> bool:
        text = f"{before}\n\n{words}" if before else words
        try:
            if not outbox.show(work.conversation, work.attempt, text, extra, heard):
                return False
        finally:
            release_connection()  # whoever writes may take seconds for the next sentence
        work.shown.text, work.shown.extra = text, extra
        bell.poke(work.public_id)
        return True

    return show


def continued(shown: Shown, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turn's messages for somebody who has read `shown`. Words that don't begin with it come behind it, without
    the sentences that were read already, and their sources are counted on."""
    if not shown.text or not messages or messages[0]["text"].startswith(shown.text):
        return messages
    first, *others = messages
    read = shown.extra.get("citations", ())
    by = max((citation["n"] for citation in read), default=0)
    left = MARK.sub(lambda mark: f"[{int(mark[1]) + by}]", unread(shown.text, first["text"]))
    added = {**first["extra"], "citations": [{**c, "n": c["n"] + by} for c in first["extra"].get("citations", ())]}
    both = {name: [*shown.extra.get(name, ()), *added.get(name, ())] for name in SOURCES}
    extra = {**added, **both}
    text = f"{shown.text}\n\n{left}" if left else shown.text
    return [{"text": text, "extra": {name: value for name, value in extra.items() if value}}, *others]


def unread(shown: str, text: str) -> str:
    """`text` from its first sentence on that isn't among those of `shown`."""
    read = set(sentences(shown))
    starts = [start for start, end in spans(text) if text[start:end] not in read]
    return text[starts[0] :] if starts else ""
