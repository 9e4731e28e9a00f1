"""A kind word back, and nothing else: small talk starts nothing and promises nothing."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges

GREETING: Final = "small.greeting"
BYE: Final = "small.bye"
# First match wins; the key is the voice's.
KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (key, re.compile(pattern, re.IGNORECASE))
    for key, pattern in (
        (
            "honest",
            r"\b(?:are|r)\s+(?:you|u)\s+(?:an?\s+)?(?:real|human|bot|robot|ai|person|machine|chat\s?gpt)"
            r"|\bwho\s+(?:are\s+you|am\s+i)\b|\byour\s+name\b"
            r"|\bis\s+this\s+(?:an?\s+)?(?:bot|robot|ai|machine|real|human|automated)"
            r"|\bwhat\s+are\s+you\b\W*$|\bam\s+i\s+(?:talking|speaking|chatting)\b",
        ),
        ("small.doubt", r"\b(?:another|stupid|dumb|useless|just\s+a)\s+(?:chat\s?)?(?:bot|robot|machine)\b"),
        (
            BYE,
            r"\b(?:bye|goodbye|see\s+(?:you|ya)|good\s*night|have\s+an?\s+(?:very\s+)?(?:good|nice|great|lovely|wonderful"
            r"|pleasant|beautiful|fine|amazing|awesome))\b",
        ),
        ("small.thanks", r"\b(?:thank\w*|thx|cheers|ty|appreciate)\b"),
        ("small.how_are_you", r"\bhow\s+(?:are|r)\s+(?:you|u)\b|\bhow'?s\s+it\s+going\b|\bhow\s+do\s+you\s+do\b"),
        ("small.weather", r"\b(?:weather|sunny|raining|snow|cold|hot)\b"),
        (
            "small.compliment",
            r"\b(?:good(?!\s+(?:morning|afternoon|evening|day))|great|nice|awesome|amazing|love|brilliant|perfect|excellent"
            r"|wonderful|lovely|fantastic|terrific|superb)\b",
        ),
        ("small.what", r"\bwhat\s+(?:can|do)\s+(?:you|u)\s+(?:do|help)|\bhelp\s+me\s+with\s*\??$"),
        ("small.listening", r"\bhelp\b|\b(?:question|problem|issue)s?\b"),
        (
            "small.ok",
            r"^\W*(?:ok(?:ay)?|k|alright|all\s+right|fine|got\s+it|i\s+see|understood|sure|right|yes|yeah|yep|yup|no|nope"
            r"|nah|maybe|thanks?|please|lo+l|(?:ha){2,}h?|he(?:he)+|rofl|lmao|xd|[\s,.!])+$|^[^\w?]+$",
        ),
    )
)


def kind_of(text: str) -> str:
    return next((key for key, pattern in KINDS if pattern.search(text)), GREETING)


_GREETS: Final = re.compile(
    r"\b(?:h+i+|hiya|hello+|hallo|hey+|heya|hola|howdy|yo|greetings|sup|good\s*(?:morning|afternoon|evening|day)|morning|evening)\b",
    re.IGNORECASE,
)


def answer(desk: Desk) -> None:
    """In the middle of a conversation only a greeting is greeted."""
    kind = kind_of(desk.text)
    desk.say("small.ok" if kind == GREETING and desk.earlier and not _GREETS.search(desk.text) else kind)


WORKFLOW = Workflow(
    name="small_talk",
    title="Small talk",
    nodes=(Node("answer", Kind.SAY, "Answer in kind", answer),),
    edges=edges(("answer", "otherwise", "done")),
)
