"""What a critic said, for people: its codes stay in the rows, the console shows sentences."""

from __future__ import annotations

from typing import Any, Final

from conversations.presentation import plain_words
from tools import sentences

REASONS: Final = {
    "plan-differs": "by the records as they are now it would be another sum, or other items",
    "hash-differs": "it isn't what was read back to the customer",
    "order-not-named": "the customer named another order",
    "not-confirmed": "the customer gave no plain yes to the offer",
    "address-not-said": "parts of the address aren't in the customer's own words",
    "email-not-said": "the e-mail address isn't in the customer's own words",
}
# The wrapper's own: there was no usable answer.
SILENT: Final = {
    "critic-timeout": "gave no answer in time",
    "critic-error": "gave no answer: it broke down",
    "critic-malformed": "gave no answer that counts as one",
    "critic-missing": "gave no answer: there is none",
}


def said(opinion: dict[str, Any]) -> str:
    """One critic's opinion as it is kept, behind its name."""
    if opinion["approved"]:
        return "approves"
    if opinion["reason"] in SILENT:
        return SILENT[opinion["reason"]]
    why = "; ".join(reason(code) for code in opinion["reasons"])
    if opinion["reason"] == "critic-unsure":
        return f"approves, but isn't sure enough ({opinion['confidence']} of 1000)" + (f": {why}" if why else "")
    return f"is against it: {why or 'it gave no reason'}"


def reason(code: str) -> str:
    """In words, as far as there are any; a model's own codes are read out as they are."""
    kind, _, about = code.partition(":")
    if kind == "rule" and about:
        return f"{sentences.of(about).rstrip('.') or 'a rule would not have it'} (rule {about})"
    if kind == "source" and about:
        return f"the {plain_words(about).lower()} comes from where none may"
    return REASONS.get(code, plain_words(code).lower())
