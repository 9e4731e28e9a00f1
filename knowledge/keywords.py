"""Words that carry meaning: what a question and its answer have in common."""

from __future__ import annotations

import re
from typing import Final

WORD: Final = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")
EMPTY: Final = frozenset(
    WORD.findall(
        "a an and are as at be been but by can could did do does for from get has have how i if in is it its me my of"
        " on or our please should so that the their them there they this to was we were what when where which who why"
        " will with would you your am any not just"
    )
)


def keywords(text: str) -> set[str]:
    """Words that carry meaning, without the commonest endings."""
    return {re.sub(r"(?:ing|ed|es|s)$", "", word) or word for word in WORD.findall(text.lower()) if word not in EMPTY}
