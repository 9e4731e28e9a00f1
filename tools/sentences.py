"""The sentence of a numbered rule, as rules.md says it: what people are told when it refuses."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from . import pack, rules

BASE: Final = Path(rules.__file__).with_suffix(".md")
ROW: Final = re.compile(r"^\| ([A-Z]+-\d+) \| (.+?) \|", re.MULTILINE)


def of(number: str) -> str:
    """Empty for a number that no document has."""
    return {**written(BASE), **written(pack.active().policy.with_name("rules.md"))}.get(number, "")


@cache
def written(document: Path) -> dict[str, str]:
    return dict(ROW.findall(document.read_text(encoding="utf-8"))) if document.exists() else {}
