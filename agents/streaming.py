"""A reply while it is being written: sentence by sentence, each past the guard before anybody reads it (law 4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from agents.guards.sentences import spans

# Behind an end that marks may still join: "so." and then " [1]" is one sentence.
_OPEN: Final = re.compile(r"\s*(?:\[\d{1,2}\]\s*)*(?:\[\d{0,2})?")


class StopStream(Exception):  # noqa: N818 a signal, like StopIteration
    """Nothing more of it will be read: whoever writes may stop."""


class Stream:
    """Takes text in pieces and shows it whole sentence by whole sentence.

    `passes` gets all that would be read with one more sentence, `show` all that may be read now; `show` answers False
    when nothing may be said any more. `shown` is what is read already, `unsent` what was written behind it, `refused`
    whether the guard has stopped it.
    """

    def __init__(self, passes: Callable[[str], bool], show: Callable[[str], bool]) -> None:
        self.passes, self.show = passes, show
        self.heard, self.shown = "", ""
        self.refused = self.over = False

    @property
    def unsent(self) -> str:
        return self.heard[len(self.shown) :]

    def feed(self, delta: str) -> None:
        """More of the text; StopStream when no more of it is wanted."""
        self.heard += delta
        self._advance(settled(self.heard))

    def end(self) -> None:
        """That was all: what is left is a sentence too."""
        self._advance([end for _, end in spans(self.heard)])

    def _advance(self, ends: list[int]) -> None:
        if self.over:
            raise StopStream
        good = len(self.shown)
        for end in ends:
            if end > good:
                self.refused = not self.passes(self.heard[:end])
                if self.refused:
                    break
                good = end
        lost = good > len(self.shown) and not self.show(self.heard[:good])
        if not lost:
            self.shown = self.heard[:good]
        if lost or self.refused:
            self.over = True
            raise StopStream


def settled(text: str) -> list[int]:
    """Where the sentences of an unfinished text end that will end there whatever comes next."""
    last_line = text.rfind("\n") + 1
    ends = [end for start, end in spans(text) if start < last_line]
    others = [end for start, end in spans(text) if start >= last_line][:-1]
    return ends + [end for end in others if not _OPEN.fullmatch(text, end)]
