"""A kind word back, and nothing else: small talk starts nothing and promises nothing."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges

# First match wins; the key is the voice's.
KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (key, re.compile(pattern, re.IGNORECASE))
    for key, pattern in (
        (
            "honest",
            r"\b(?:are|r)\s+(?:you|u)\s+(?:an?\s+)?(?:real|human|bot|robot|ai|person|machine|chat\s?gpt)|\bwho\s+are\s+you\b",
        ),
        ("small.thanks", r"\b(?:thank\w*|thx|cheers|ty|appreciate)\b"),
        ("small.bye", r"\b(?:bye|goodbye|see\s+(?:you|ya)|good\s*night|have\s+a\s+(?:good|nice|great))\b"),
        ("small.how_are_you", r"\bhow\s+(?:are|r)\s+(?:you|u)\b|\bhow'?s\s+it\s+going\b|\bhow\s+do\s+you\s+do\b"),
        ("small.compliment", r"\b(?:good|great|nice|awesome|amazing|love|brilliant|perfect|excellent)\b"),
        ("small.weather", r"\b(?:weather|sunny|raining|snow|cold|hot)\b"),
        ("small.what", r"\bwhat\s+can\s+(?:you|u)\s+(?:do|help)|\bhelp\s+me\s+with\s*\??$"),
        ("small.ok", r"^\W*(?:ok(?:ay)?|k|alright|all\s+right|fine|got\s+it|i\s+see|understood|sure|right)\W*$"),
    )
)


def kind_of(text: str) -> str:
    return next((key for key, pattern in KINDS if pattern.search(text)), "small.greeting")


def answer(desk: Desk) -> None:
    desk.say(kind_of(desk.text))


WORKFLOW = Workflow(
    name="small_talk",
    title="Small talk",
    nodes=(Node("answer", Kind.SAY, "Answer in kind", answer),),
    edges=edges(("answer", "otherwise", "done")),
)
