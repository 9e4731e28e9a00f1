"""A reply that is read while it is written: whole sentences only, and none that the guard hasn't passed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.guards.sentences import sentences, spans
from agents.streaming import StopStream, Stream, settled

FOUR = "Your parcel left Berlin. It is with Packhorse [1]. It comes on 3 May.\n\n- Nobody has to sign. [2]"
WRITTEN = st.text(st.sampled_from(" \n.!?…\"')[]12abAMr-$"), max_size=60)


@dataclass
class Reader:
    """Who reads along: what was asked of the guard and what was shown, in order."""

    forbidden: str = "\0"
    gone_after: int = 99
    asked: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def passes(self, text: str) -> bool:
        self.asked.append(text)
        return self.forbidden not in text

    def show(self, text: str) -> bool:
        if len(self.read) >= self.gone_after:
            return False
        self.read.append(text)
        return True

    def follow(self, pieces: list[str]) -> Stream:
        stream = Stream(self.passes, self.show)
        try:
            for piece in pieces:
                stream.feed(piece)
            stream.end()
        except StopStream:
            pass
        return stream


def cut(text: str, places: list[int]) -> list[str]:
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(at)]


def test_each_sentence_is_read_when_the_next_begins() -> None:
    reader = Reader()
    stream = Stream(reader.passes, reader.show)
    for letter in FOUR[:-4]:
        stream.feed(letter)
    assert [sentences(text)[-1] for text in reader.read] == [*sentences(FOUR)[:3]]
    stream.feed(" [2]")
    stream.end()
    assert stream.shown == FOUR == reader.read[-1]
    assert (stream.refused, stream.unsent) == (False, "")


def test_what_the_guard_stops_is_never_read_nor_anything_behind_it() -> None:
    reader = Reader(forbidden="3 May")
    stream = Stream(reader.passes, reader.show)
    with pytest.raises(StopStream):
        stream.feed(FOUR)
    assert stream.refused
    assert stream.shown == reader.read[-1] == "Your parcel left Berlin. It is with Packhorse [1]."
    assert stream.unsent == FOUR[len(stream.shown) :]
    with pytest.raises(StopStream):
        stream.feed("And this is harmless. Is it not?")
    with pytest.raises(StopStream):
        stream.end()
    assert len(reader.read) == 1


def test_without_a_guard_it_would_have_been_read() -> None:
    """The twin: nothing but `passes` stands between the words and the reader."""
    reader = Reader()
    assert "3 May" in reader.follow([FOUR]).shown


def test_it_stops_when_nobody_may_read_on() -> None:
    """Somebody took over after the first sentence: what `show` turned down isn't counted as shown."""
    reader = Reader(gone_after=1)
    stream = reader.follow(list(FOUR))
    assert (stream.shown, stream.refused) == (sentences(FOUR)[0], False)
    assert len(reader.asked) == 2, "and nothing behind it is even looked at"


@given(WRITTEN, st.lists(st.integers(0, 60), max_size=12), st.sampled_from(["\0", "a", "[1]", "…", "12"]))
@example("It is so. [1] Next one", [9, 10, 11, 12, 13], "\0")
@example("so.[12] [2] a", [3, 4, 5, 8, 9, 10], "[1]")
def test_any_split_reads_the_same_and_nothing_unchecked(text: str, places: list[int], forbidden: str) -> None:
    reader, whole = Reader(forbidden), Reader(forbidden)
    stream, at_once = reader.follow(cut(text, places)), whole.follow([text])
    assert (stream.shown, stream.refused) == (at_once.shown, at_once.refused)
    assert reader.asked == whole.asked
    for shown in reader.read:
        assert shown in reader.asked
        assert forbidden not in shown
        assert text.startswith(shown)
    if not stream.refused:
        assert text.rstrip() == stream.shown.rstrip()


@given(WRITTEN, st.integers(0, 60))
def test_an_end_that_is_settled_stays(text: str, place: int) -> None:
    """Whatever comes next, the sentences that were read are sentences of the whole."""
    ends = [end for _, end in spans(text)]
    early = settled(text[:place])
    assert early == ends[: len(early)]
    assert len(early) >= len([end for _, end in spans(text[:place])]) - 2, "and at most two are held back"
