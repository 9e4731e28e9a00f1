"""How a whole reply is put (S1-19): a no comes with a way on, and whoever is upset reads first that this was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agents.guards.sentences import sentences

UPSET: Final = 2  # of 3, as triage reads it
REFUSAL: Final = re.compile(
    r"\b(?:(?:can't|cannot|can\s+not|couldn't)(?!\s+(?:say|find|tell|see|know|vouch|happen|go\s+out|be\s+\w+\s+twice)\b)|won't\s+be\s+able|not\s+able\s+to|unable\s+to|isn't\s+possible|not\s+possible"
    r"|impossible|not\s+allowed|not\s+permitted|isn't\s+allowed|refuse|have\s+to\s+decline|must\s+decline|no\s+way\s+to"
    r"|don't\s+(?:offer|accept|allow|do\s+that)|against\s+our\s+(?:rules|policy)|too\s+late\s+(?:to|for))\b",
    re.IGNORECASE,
)
# What comes next: an offer, something they can do, somebody who takes it, where to look.
NEXT: Final = re.compile(
    r"\?|\bi(?:'ll|\s+will|\s+can|'d|'m\s+(?:handing|passing|bringing))\b|\blet\s+me\b|\byou\s+(?:can|could|may)\b(?!\s*not)|\binstead\b"
    r"|\b(?:colleagues?|person|people|specialist|somebody\s+here)\b|\btell\s+me\b|\bsay\s+(?:so|the\s+word)\b|\bsend\s+me\b|\bwrite\s+to\b"
    r"|\b(?:please\s+)?(?:call|check|try|choose|pick|open|answer|type|use)\s+\w+|\bhttps?://|\bwe(?:'ll|\s+can)\b|\bif\s+you(?:'d)?\b",
    re.IGNORECASE,
)
FEELING: Final = re.compile(
    r"\b(?:sorry|too\s+long|shouldn't\s+(?:have|be)|should\s+(?:have|not)|not\s+how\s+it\s+should|not\s+right|annoying"
    r"|every\s+reason|right\s+to\s+(?:ask|be)|i\s+(?:see|hear|can\s+see|can\s+hear|get\s+it)|understandabl[ey]|has\s+gone\s+wrong"
    r"|put\s+this\s+right|gets?\s+resolved|sounds\s+(?:serious|hard|awful)|serious|patience|frustrating|let\s+you\s+down|thank\s+you\s+for"
    r"|fair\s+(?:wish|point)|twice\s+is\s+enough|in\s+circles|glad\s+you)\b",
    re.IGNORECASE,
)


def faults(reply: str, mood: int = 0, *, introduced: str = "") -> Iterator[tuple[str, str]]:
    """`mood`: how upset they are, 0 to 3; `introduced`: what stands in front because it has to (the disclosure)."""
    text = reply.replace("’", "'")
    refusal = REFUSAL.search(text)
    if refusal and not NEXT.search(_without(text, refusal)):
        yield "refusal_without_next_step", refusal[0]
    if mood >= UPSET and not feels(text, introduced=introduced):
        yield "answer_before_feeling", sentences(text)[0] if text.strip() else ""


def feels(reply: str, *, introduced: str = "") -> bool:
    """Whether the first sentence of the reply's own says that their trouble was seen."""
    own = [part for part in sentences(reply.replace("’", "'")) if part not in introduced.replace("’", "'")]
    return not own or FEELING.search(own[0]) is not None


def _without(text: str, refusal: re.Match[str]) -> str:
    """The reply without the refusal's own clause: "I can't" is no "I can"."""
    return (
        f"{text[: refusal.start()].rsplit('.', 1)[0] if '.' in text[: refusal.start()] else ''} {text[refusal.end() :]}"
    )
