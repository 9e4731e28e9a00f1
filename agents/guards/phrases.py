"""What the agent never says: the policy's default phrases (S1-50) and the words that a good colleague doesn't use."""

from __future__ import annotations

import re
from typing import Final

PHRASES: Final = ("Unfortunately, I cannot", "I'm just an AI", "That's not something I can help with")  # S1-50
# VOICE: words that a good colleague doesn't use. "As soon as" names an event, so it stays.
_UNSAID: Final = (
    "unfortunately", "kindly", "inconvenience", "rest assured", "please be advised", "per our policy",
    "valued customer", "feel free", "i understand your frustration", "representative", "as an ai", "i'm unable",
    "shortly", "in a moment",
    "i cannot help with that",
)  # fmt: skip
BANNED: Final = (*((word, rf"\b{re.escape(word)}\b") for word in _UNSAID), ("soon", r"(?<!as )\bsoon\b"))
