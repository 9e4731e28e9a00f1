"""What roles are told: files, versioned by their digest, and read by a check that finds rules in them.

A prompt carries manners. Whatever limits, permits or forbids lives in code, and a sentence of a prompt that says so too
names where, in a note behind its paragraph: `<!-- backed: agents.guards.backed.intents -->`, a rule's number, or
`policy:tone.prohibited_phrases`. Notes are not sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
MANNERS: Final = "manners"  # stands before every role that writes to customers
WRITES: Final = frozenset({"resolution", "knowledge"})

_NOTE: Final = re.compile(r"\s*<!--\s*backed:\s*(?P<names>[^>]+?)\s*-->")
_RULES: Final = re.compile(
    r"\d|\b(?:must|may|might|can(?:not|'t)?|never|always|not|don't|doesn't|nothing|nobody|only|alone"
    r"|at (?:most|least)|without|unless|allowed|permitted|forbidden|prohibited|limit|exactly|every|any"
    r"|(?:one|two|three|four|five|ten) (?:time|day|sentence|word|item|order)s?)\b",
    re.IGNORECASE,
)
_RULE_NUMBER: Final = re.compile(r"[A-Z]{3}-\d+")


@cache
def of(role: str) -> str:
    """As it is sent."""
    names = (MANNERS, role) if role in WRITES else (role,)
    return "\n\n".join(_NOTE.sub("", source(name)).strip() for name in names)


def version(role: str) -> str:
    return hashlib.sha256(of(role).encode()).hexdigest()[:16]


def source(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text()


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def unbacked(name: str) -> Iterator[str]:
    """What is wrong with a prompt: a sentence that states a rule without saying where it stands, or a note that names
    nothing."""
    for paragraph in re.split(r"\n\s*\n|\n(?=- )", source(name)):
        notes = [one.strip() for found in _NOTE.finditer(paragraph) for one in found["names"].split(",")]
        yield from (f"{name}: {one} isn't there" for one in notes if not stands(one))
        said = _NOTE.sub("", paragraph)
        if not notes and (hit := _RULES.search(said)):
            yield f"{name}: {' '.join(said.split())[:80]!r} says {hit[0]!r} and names no rule, policy key or guard"


def stands(name: str) -> bool:
    """A rule's number, a policy key, or something of ours that can be imported."""
    if _RULE_NUMBER.fullmatch(name):
        from tools import rules

        return any(one.number == name for one in rules.RULES)
    if name.startswith("policy:"):
        return has_key(name.removeprefix("policy:"))
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(import_module(module), attribute)
    except (ImportError, ValueError):
        return False


def has_key(path: str) -> bool:
    from knowledge.policy import Policy

    model: Any = Policy
    for part in path.split("."):
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return False
        model = field.annotation
    return True
