"""Phrases as an editor writes them, and the patterns that they mean: words with their boundaries, never within a word.

`sue you|them` one of these words · `legal?` may be missing · `hospital*` any ending · `_` any one word · `...` up to
forty characters of the same sentence · `<kin>` one of a group's words · `.` at the end: a clause ends there. A hyphen
may be a blank or missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

Groups = Mapping[str, tuple[str, ...]]
GAP: Final = r"[^.?!\n]{0,40}?"
BLANK: Final = r"[\s,;:()\"“”'’-]{1,3}"
MOST: Final = 200  # characters
LEAST: Final = 3  # letters of a word with any ending
_WORD: Final = re.compile(r"\w+(?:['’-]\w+)*\*?|\w+['’]")
_GROUP: Final = re.compile(r"<([a-z_]+)>")
CLAUSE_ENDS: Final = r"(?=\s*(?:[.,!?;:)\n]|$))"
HOW: Final = "write words, a|b, word?, word*, _, ..., <group>, or a . at the end"


def pattern(phrase: str, groups: Groups) -> str:
    """The regular expression of a phrase; ValueError says what is wrong with it, in a sentence."""
    parts = phrase.split()
    ends = len(parts) > 1 and parts[-1] == "."
    parts = parts[:-1] if ends else parts
    if not parts or len(phrase) > MOST:
        raise ValueError(f"a phrase has at least one word and at most {MOST} characters")
    if parts[0] == "..." or parts[-1] == "...":
        raise ValueError(f"{phrase!r} begins or ends with '...'; a gap stands between words")
    if not any(_holds(part) for part in parts):
        raise ValueError(f"{phrase!r} would be found in any text; add a word that has to be there")
    return rf"(?<!\w){''.join(_parts(parts, groups))}(?!\w){CLAUSE_ENDS if ends else ''}"


def _holds(part: str) -> bool:
    """A word that has to be there."""
    return part not in ("_", "...") and not part.endswith("?")


def _parts(parts: list[str], groups: Groups) -> Iterable[str]:
    """Each part with the blank before it; what may be missing takes its blank along."""
    begun = False
    for place, part in enumerate(parts):
        if part == "...":
            yield GAP + r"(?<!\w)"
            begun = False
            continue
        one, optional = (part[:-1], True) if part.endswith("?") else (part, False)
        word = _ways(one, groups)
        is_last = place == len(parts) - 1
        if not optional:
            yield (BLANK if begun else "") + word
            begun = True
        elif begun:
            yield f"(?:{BLANK}{word})?"
        elif is_last:
            raise ValueError(f"{part!r} stands alone; add a word that has to be there")
        else:
            yield f"(?:{word}{BLANK})?"


def _ways(part: str, groups: Groups) -> str:
    ways = [_way(way, groups) for way in part.split("|")]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def _way(word: str, groups: Groups) -> str:
    if word == "_":
        return r"\w+"
    group = _GROUP.fullmatch(word)
    if group is not None:
        if group[1] not in groups:
            raise ValueError(f"there is no group <{group[1]}>; there are {', '.join(sorted(groups))}")
        return f"(?:{'|'.join(_way(one, {}) for one in groups[group[1]])})"
    if not _WORD.fullmatch(word):
        raise ValueError(f"{word!r} can't be used in a phrase; {HOW}")
    if word.endswith("*") and len(word) <= LEAST:
        raise ValueError(f"{word!r} would be found in any text; write at least {LEAST} letters before the *")
    plain = re.escape(word.removesuffix("*")).replace(r"\-", r"[\s-]?")
    return re.sub("['’]", "['’]?", plain) + (r"\w*" if word.endswith("*") else "")
