"""The input guard: what a text is, before anybody plans anything with it (S0-06). It tags; it never accuses."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from agents.guards import injection, language
from agents.results import Result
from conversations import pii

MAX_CHARS: Final = 4000
# Zero-width, bidi controls, soft hyphen, joiners, variation selectors, the tag block, byte order marks.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]")
_MARKUP: Final = re.compile(
    r"<\s*/?\s*(?:script|img|iframe|svg|object|embed|style|link|meta|form|body|a)\b|javascript:"
    r"|on\w+\s*=|!\[[^\]]*\]\(",
    re.IGNORECASE,
)


class InputReport(Result):
    """`normalised` is what every later step reads. `flags`: injection:<kind>, markup, invisible, bidi, tags, pii,
    oversize, empty.
    `tainted` strips the turn of its tools: text that tries to steer is answered, never obeyed."""

    normalised: str
    flags: tuple[str, ...]
    tainted: bool
    language: str
    pii: tuple[str, ...]
    masked: tuple[str, ...]
    chars: int


def inspect(
    text: str, *, inherited_language: str = "en", masked: tuple[str, ...] = (), max_chars: int = MAX_CHARS
) -> InputReport:
    """`inherited_language`: the conversation's, kept where a text is too short to tell; `masked`: kinds that the inbox
    replaced before the text was stored."""
    clean = normalise(text)
    attacks = injection.kinds(text, clean)
    kinds = tuple(dict.fromkeys(one.kind for one in pii.find(clean)))
    flags = [f"injection:{kind}" for kind in attacks]
    flags += [name for name, is_so in _SIGNS if is_so(text, clean)]
    flags += ["pii"] * bool(kinds) + ["oversize"] * (len(clean) > max_chars) + ["empty"] * (not clean)
    return InputReport(
        normalised=clean,
        flags=tuple(flags),
        tainted=bool(attacks),
        language=language.detect(clean, inherited_language),
        pii=kinds,
        masked=masked,
        chars=len(clean),
    )


def normalise(text: str) -> str:
    """NFKC without invisible, control and direction characters; line breaks stay, runs of blanks become one."""
    composed = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    visible = _CONTROL.sub(" ", _INVISIBLE.sub("", composed).replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]+", " ", visible)).strip()


_SIGNS: Final = (
    ("invisible", lambda raw, _: bool(_INVISIBLE.search(raw))),
    ("bidi", lambda raw, _: bool(_BIDI.search(raw))),
    ("tags", lambda raw, _: bool(_TAGS.search(raw))),
    ("markup", lambda _, clean: bool(_MARKUP.search(clean))),
)
