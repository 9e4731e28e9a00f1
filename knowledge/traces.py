"""What betrays a person in a message, beside what conversations/pii.py finds: shapes, words before a name, doubts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

NAME: Final = "[name]"
KINDS: Final = {
    "EMAIL_ADDRESS": "[e-mail address]",
    "IBAN_CODE": "[account number]",
    "CREDIT_CARD": "[card number]",
    "US_SSN": "[identity number]",
    "PHONE_NUMBER": "[phone number]",
}
PLACEHOLDER: Final = re.compile(r"\[[a-z][a-z -]{2,24}\]")
MASKED: Final = {
    "[card number removed]": "[card number]",
    "[card code removed]": "[code]",
    "[code removed]": "[code]",
}

_DOMAIN: Final = r"\.(?:com|org|net|io|edu|gov|info|co\.uk|de|fr|eu|us)\b(?:/\S*)?"
_MONTH: Final = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_STREET: Final = (
    r"st(?:reet|r)?|ave(?:nue)?|r(?:oa)?d|lane|ln|dr(?:ive)?|blvd|boulevard|way|c(?:our)?t|pl(?:ace)?|sq(?:uare)?"
    r"|ter(?:race)?|circle|cir|highway|hwy|parkway|pkwy|close|crescent|trail|row|alley|walk|mews|gardens|heights|loop"
)
_FLAT: Final = r"(?:,? (?:apt|apartment|suite|unit|flat|floor|#)\.? ?\w{1,6})?"
_TOWN: Final = r"(?:, ?[^\W\d_][\w .'’-]{1,30}){0,2}(?:,? [a-z]{2},? \d{5}(?:-\d{4})?)?"
_CALLED: Final = r"(?:order|parcel|tracking|invoice|ticket|case|reference|ref|booking|shipment)"
_NUMBERED: Final = r"(?: (?:number|no\.?|nr\.?|id|code))?(?: is|:)? ?#?)(?=[\w-]*\d)[\w-]{4,40}"
_ALONE: Final = r"(?<![\w$€£.,])"  # no part of a word or an amount

_SHAPES: Final = (
    (rf"\b(?:https?://|www\.)\S+|\b[\w-]{{2,63}}(?:\.[\w-]{{2,63}}){{0,3}}{_DOMAIN}", "[link]"),
    (r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,20}", "[number]"),
    (r"(?<![\w@])@\w[\w.]{1,40}", NAME),
    (r"(?<![\d-])(?:\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:\d{4}|\d{2}))(?![\d-])", "[date]"),
    (
        rf"\b(?:\d\d?(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} \d\d?(?:st|nd|rd|th)?),? (?:19|20)\d\d\b",
        "[date]",
    ),
    (r"\b(?:\d{1,3}[- ]years?[- ]old|aged? \d{1,3})\b", "[age]"),
    (rf"(?<!\w)\d{{1,6}}[a-z]? (?:[^\W\d_][\w.'’-]{{0,30}} ){{1,4}}(?:{_STREET})\b\.?{_FLAT}{_TOWN}", "[address]"),
    (r"\b[^\W\d_]{3,30}(?:straße|strasse|str\.|weg|platz|allee|gasse) \d{1,4}[a-z]?\b", "[address]"),
    (r"\bp\.? ?o\.? box \w{1,8}", "[address]"),
    (r"\b[a-z]{2},? \d{5}(?:-\d{4})?\b|\b[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b", "[post code]"),
    (rf"\b(?P<kept>(?:account|customer|member){_NUMBERED}", r"\g<kept>[number]"),
    (r"#?(?<![\w$€£])[a-z]{1,4}-?\d{3,}[\w-]*|#\d{3,}\b", "[order number]"),
    (
        rf"{_ALONE}(?=[\w-]*\d)(?=[\w-]*[a-z])(?!\d{{1,4}}-[a-z]+\b)(?!\d{{1,4}}[a-z]{{1,3}}\b)[\w-]{{5,}}",
        "[number]",
    ),
    (rf"{_ALONE}\d{{5,}}(?!\w)|{_ALONE}(?!(?:19|20)\d\d(?!\d))\d{{4}}(?![\w.,]\d|\d)", "[number]"),
)
# Looked for before anything else: ten digits are an order where they are called one.
CALLED: Final = re.compile(rf"\b(?P<kept>{_CALLED}{_NUMBERED}", re.IGNORECASE)
# What has a shape of its own, in this order. What is replaced is never looked at again.
SHAPES: Final = tuple((re.compile(pattern, re.IGNORECASE), words) for pattern, words in _SHAPES)

# Words before a name. Behind the first kind stands one in any letters, behind the second one with a capital.
SURE: Final = re.compile(
    r"\b(?:my (?:full |first |last |sur)?name(?:'s|’s| is)|name(?: is|:)|(?:i am|i'm|i’m) called|call me"
    r"|mr|mrs|ms|miss|mx|dr|prof|herr|frau|under the name(?: of)?|in the name of|on behalf of)\b[.:]?[ \t]+",
    re.IGNORECASE,
)
_KIN: Final = (
    r"husband|wife|son|daughter|mother|father|mom|mum|dad|brother|sister|friend|partner|colleague|boss|neighbou?r"
    r"|girlfriend|boyfriend|fianc[eé]e?|assistant|flatmate|roommate|kid|uncle|aunt"
)
WITH_CAPITAL: Final = re.compile(
    r"\b(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|thanks|thank you|thx|cheers|welcome|sorry|bye"
    r"|regards|sincerely|yours|best|love|this is|i am|i'm|i’m|it's|it’s|speaking (?:with|to)|spoke (?:with|to)|sir"
    rf"|madam|my (?:{_KIN}))\b[,!.]?\s{{1,3}}",
    re.IGNORECASE,
)
PARTICLES: Final = frozenset(
    {"van", "von", "de", "der", "da", "del", "la", "le", "al", "el", "bin", "di", "dos", "ter"}
)

_DIGIT: Final = r"zero|oh|one|two|three|four|five|six|seven|eight|nine"
_DOUBTS: Final = (
    (r"@|\b(?:at|\(at\)) ?\w+ ?(?:dot|\(dot\)) ?\w+", "an e-mail address may remain"),
    (r"\d{5,}", "a number may remain"),
    (rf"(?:\b(?:{_DIGIT})\b[\s,-]*){{5,}}", "a spoken number may remain"),
    (
        r"\b(?:i|we|she|he|they) (?:live|reside|stay|moved)s? (?:in|at|on|to)\b(?! (?:a|an|the|my)\b)",
        "an address may remain",
    ),
    (
        r"\b(?:apt|apartment|flat|zip|zip ?code|post ?code|suite)\.? ?(?:no\.?|number|#|is|:)? ?\d",
        "an address may remain",
    ),
    (r"\b(?:name|address|city|street|zip|post ?code)\s*:", "a name or an address may remain"),
    (
        r"\b(?:born (?:on|in)|date of birth|dob|birthday is|passport|driver.?s licen[cs]e|user ?name|password)"
        r"(?: (?:is|was))?[: ]",
        "a date of birth, a document or a login may remain",
    ),
)
# What may hold more than was found.
DOUBTS: Final = tuple((re.compile(pattern, re.IGNORECASE), why) for pattern, why in _DOUBTS)

# The agent asks for something personal: what the customer says next is left out.
_OWN: Final = r"name|e-?mail|phone|address|zip|post ?code|user ?name|birth"
ASKS: Final = re.compile(
    rf"(?i)\b(?:{_OWN}|who (?:am i|i am|i'm)|mobile|account|id|identity|verify|membership|order number|card)\b"
    rf"[^?\n]{{0,200}}\?|\b(?:may|could|can|would|please|need|provide|give|tell)\b[^.?!\n]{{0,80}}\b(?:{_OWN})\b"
)


@cache
def names() -> frozenset[str]:
    """Names that are no other word."""
    return _lists()[0]


@cache
def shared() -> frozenset[str]:
    """Names that are words too."""
    return _lists()[1]


@cache
def plain() -> frozenset[str]:
    """Words that begin sentences, and days and months: no names, whatever their first letter."""
    return _lists()[2]


def _lists() -> tuple[frozenset[str], ...]:
    lines = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").splitlines()
    parts = "\n".join(line for line in lines if not line.startswith("#")).split("\n---\n")
    return tuple(frozenset(part.split()) for part in parts)
