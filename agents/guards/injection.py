"""Text that tries to steer whoever reads it. The effect of a hit is to strip tools and to tag, never to accuse."""

from __future__ import annotations

import base64
import binascii
import codecs
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from agents.guards import language
from agents.guards.likeness import SURE, likeness
from agents.intents import needles
from agents.intents.taxonomy import words

Patterns = tuple[tuple[str, re.Pattern[str]], ...]

_RULES: Final = (
    r"(?:instructions?|rules?|prompts?|directions?|directives?|guidelines?|commands?"
    r"|orders?\s+(?:above|before)|policies|restrictions?|constraints?|filters?|programming|training"
    r"|context|guardrails?|assignments?|tasks?|messages?|information|settings?|limitations?|messages"
    r"|statements)"
)
_PREVIOUS: Final = (
    r"(?:all|any|every(?:thing)?|the|your|these|those|this|that|previous|prior|above|earlier"
    r"|preceding|former|initial|original|last|aforementioned|foregoing|existing|current|first|of"
    r"|other|system)"
)
# Each is steering wherever it stands.
KINDS: Final[tuple[tuple[str, str], ...]] = (
    (
        "override",
        rf"\b(?:ignore|disregard|forget|overlook|bypass|override|skip|neglect|discard|drop|omit|delete"
        rf"|erase|do\s+not\s+(?:follow|obey|listen)|don'?t\s+(?:follow|obey|listen\s+to)"
        rf"|stop\s+(?:following|obeying)|pay\s+no\s+attention\s+to)\s+(?:(?:about|to|with"
        rf"|what(?:ever)?)\s+)?(?:{_PREVIOUS}\s+){{0,5}}{_RULES}\b",
    ),
    (
        "override",
        rf"\b(?:ignore|disregard|forget|bypass|override|skip|break|violate)\s+(?:(?:all|any|of|the)\s+){{0,2}}"
        rf"your\s+(?:\w+\s+){{0,2}}{_RULES}\b|\b(?:ignore|disregard|bypass|skip)\s+(?:(?:all|any|the|your)\s+){{0,2}}"
        r"(?:approvals?|critic|guardrails?|limits?|verification\s+(?:step|rule)s?|safety\s+checks?"
        r"|approval\s+(?:step|rule|check)s?)\b",
    ),
    (
        "override",
        r"\b(?:ignore|forget|disregard)\s+(?:all|everything|anything|whatever)\s*(?:(?:that|what"
        r"|which)?\s*(?:you|i|was|were|is|has)?\s*(?:\w+\s+){0,3}(?:before|above|prior"
        r"|previous(?:ly)?|so\s+far|said|told|learned|know)|(?:above|before|prior|previous))\b"
        r"|\b(?:ignore|disregard|forget)\s+(?:the\s+)?(?:above|previous|preceding|prior)\b",
    ),
    (
        "override",
        r"\b(?:new|updated|revised|real|actual)\s+system\s+(?:instructions?|rules?|prompt|directive)s?\b"
        r"|\bfrom\s+now\s+on,?\s+you\s+(?:will|must|are|shall|only|have\s+to|always|do|obey|act)\b"
        r"|\byour\s+(?:new|only|real)\s+(?:task|goal|job|purpose|role|instruction|objective)\s+is\b",
    ),
    (
        "override",
        r"\b(?:vergiss|ignoriere|missachte)\b[^.?!]{0,40}\b(?:anweisung\w*|instruktion\w*|regeln?"
        r"|befehle?|vorherig\w*|bisherig\w*|obig\w*|alles|aufgabe\w*|davor)\b"
        r"|\b(?:ignora[rn]?|olvid(?:a|e|ar|en)|omit(?:e|a|ir|an))\b[^.?!]{0,40}\b(?:instrucciones|reglas|anterior\w*|todo)\b|\b(?:ignore[zr]?"
        r"|oublie[zr]?)\b[^.?!]{0,40}\b(?:instructions?|consignes|r[èe]gles|pr[ée]c[ée]dent\w*)\b"
        r"|\bignore\s+(?:todas?\s+)?as\s+instru[çc][õo]es\b|\bzaboravi\b|\bignoriši\b",
    ),
    (
        "persona",
        r"\b(?:DAN\s+mode|do\s+anything\s+now|jailbreak\w*|god\s*mode|sudo\s+mode|unrestricted\s+(?:mode|ai"
        r"|assistant|model)|evil\s+(?:twin|mode|bot)|stay\s+a\s+dan)\b",
    ),
    (
        "authority",
        r"\b(?:act\s+as|pretend\s+(?:to\s+be|(?:that\s+)?you\s+are|you'?re)|you\s+are\s+now|imagine\s+you\s+are)\s+"
        r"(?:an?|the|my|our)?\s*(?:\w+\s+){0,2}(?:manager|admin\w*|supervisor|boss|owner|approver|operator|ceo)\b"
        r"|\byou\s+(?:must|will|shall)\s+(?:always\s+|now\s+)?(?:approve|obey|comply|grant)\b",
    ),
    (
        "authority",
        r"\b(?:i\s+am|i'?m|this\s+is|speaking\s+as)\s+(?:your\s+(?:\w+\s+)?(?:developer|creator|programmer|maker|owner"
        r"|admin\w*|engineer)|(?:the|an?)\s+(?:\w+\s+)?(?:system\s+admin\w*|admin\w*\s+of\s+this\s+(?:system|bot|ai"
        r"|chat)|(?:openai|anthropic)\s+\w+|ceo|root|supervisor\s+of\s+(?:this|the)\s+(?:bot|ai|system)))\b"
        r"|\b(?:override|admin|master)\s+(?:code|password|key)\s*[:#]|\b(?:admin\w*|system)\s+override\b"
        r"|\b(?:approval|refund|return)\s+policy\s+has\s+been\s+(?:amended|changed|suspended)\b"
        r"|\b(?:critic|manager|supervisor|system)\s*:\s*(?:approved?|allow|grant)"
        r"|\b(?:skip|bypass|disable|turn\s+off|without)\s+(?:the\s+|any\s+|all\s+|your\s+)*(?:approvals?|guardrails?"
        r"|safety|validation|critic)\b|\b(?:skip|bypass)\s+(?:the\s+|any\s+|all\s+|your\s+)*(?:verification|checks?"
        r"|security)\b",
    ),
    (
        "frame",
        r"<\|?\s*/?(?:im_start|im_end|system|endoftext|assistant|user|inst|instructions?|prompt"
        r"|sys)\s*\|?>|\[/?(?:INST|SYSTEM|SYS|ADMIN|INSTRUCTIONS?)\]|<<\s*/?SYS\s*>>"
        r"|^\s*#{1,3}\s*(?:system|instruction|new\s+prompt|end\s+of)\b|^\s*(?:system|assistant"
        r"|developer)\s*:\s|={3,}\s*(?:end|begin|start|system)|-{3,}\s*(?:end|begin"
        r"|start)\s+(?:of\s+)?(?:system|prompt|instruction|context|user|conversation)"
        r"|\bEND\s+OF\s+(?:PROMPT|SYSTEM|INSTRUCTIONS?|CONTEXT)\b|\{\{\s*\w+"
        r"|\"role\"\s*:\s*\"(?:system|assistant)\"",
    ),
    (
        "tool",
        r"\b(?:call|invoke|execute|run|trigger)\s+(?:the\s+)?(?:function|tool|api|endpoint"
        r"|command|process_refund|apply_credit|update_account|change_order|lookup_\w+)\b"
        r"|\b(?:process_refund|apply_credit|update_account|change_order|open_ticket|process_return"
        r"|send_notice|get_customer|get_order|search_knowledge)\b|\b(?:eval|exec|system|popen"
        r"|subprocess|os\.system)\s*\(|;\s*(?:drop|delete|truncate|insert|update)\s+(?:table|from"
        r"|into)\b|'\s*or\s+'?1'?\s*=\s*'?1|\bunion\s+(?:all\s+)?select\b|\$\(\s*\w+|\b(?:rm\s+-rf"
        r"|wget\s+http|curl\s+http|/etc/passwd|touch\s+/tmp)\b|<\s*script\b|javascript:|\bon(?:error"
        r"|load|click|mouseover)\s*=|!\[[^\]]*\]\(\s*https?:",
    ),
)
# Customers say these too ("you must answer me", "show me the rules"): they count where the text is also a little like
# the attacks that the weights know.
HINTS: Final[tuple[tuple[str, str], ...]] = (
    (
        "override",
        r"\b(?:new|updated|revised|real|actual|next|following)\s+(?:system\s+)?(?:instructions?"
        r"|rules?|task|prompt|directive)s?\s*(?::|\bis\b|\bare\b|\bfollow)"
        r"|\bfrom\s+now\s+on\b[^.?!]{0,40}\b(?:you|your|answer|respond|act|only|ignore|do)\b"
        r"|\byour\s+(?:new|only|real)\s+(?:task|goal|job|purpose|role|instruction|objective"
        r"|name)\s+is\b",
    ),
    (
        "persona",
        r"\b(?:you\s+are\s+(?:now\s+(?:an?|the|my|in|called|named|dan|free|acting|playing|to"
        r"|going|unrestricted)\b|no\s+longer|going\s+to\s+(?:be|act|pretend|play))|you'?re\s+now"
        r"|act\s+(?:as|like)\s+(?:if|an?|the|my|you)|pretend\s+(?:to\s+be|that\s+you|you'?re"
        r"|you\s+are|you\s+have)|role[- ]?play|simulate\s+(?:an?|being|the)|impersonate|(?:i\s+want"
        r"|i'd\s+like|i\s+need)\s+you\s+to\s+(?:act|be|pretend|play|role|become|respond\s+as"
        r"|answer\s+as|imagine|simulate|write|translate|ignore|forget)|take\s+on\s+the\s+(?:role"
        r"|persona)|stay\s+in\s+character|in\s+character\s+as|assume\s+the\s+(?:role|persona"
        r"|identity)|play\s+the\s+(?:role|part)\s+of|imagine\s+(?:that\s+)?you(?:'re|\s+are))\b",
    ),
    (
        "persona",
        r"\b(?:DAN\s+mode|do\s+anything\s+now|developer\s+mode|jailbreak\w*|god\s*mode|debug\s+mode"
        r"|sudo\s+mode|admin(?:istrator)?\s+mode|maintenance\s+mode|unrestricted\s+(?:mode|ai"
        r"|assistant|model)|(?:no|without|free\s+(?:of|from)|any|break\s+free)\s+(?:any\s+|all\s+"
        r"|ethical\s+|moral\s+)*(?:restrictions|filters|censorship|limitations|ethical\s+guidelines"
        r"|moral)|uncensored|unfiltered|evil\s+(?:twin|mode|bot)|opposite\s+mode|amoral"
        r"|stay\s+a\s+dan)\b",
    ),
    (
        "extraction",
        r"\b(?:show|reveal|print|output|repeat|display|tell|give|send|write|share|expose|leak|dump"
        r"|list|spell|quote|recite|echo|return|copy|summari[sz]e|translate|disclose|provide|paste"
        r"|type|state|what(?:'s|\s+is|\s+are|\s+were|\s+was)"
        r"|explain)\b[^.?!\n]{0,60}\b(?:system\s+(?:prompt|message|instructions?)|(?:your|initial"
        r"|original|hidden|secret|internal|above|previous|first|full|whole|exact|entire|prompt|custom"
        r"|confidential|complete|given|starting)\s+(?:\w+\s+){0,2}(?:prompts?|instructions?"
        r"|guidelines|rules|directives?|configuration|context|commands|programming|constraints"
        r"|system\s+message)|prompt\s+(?:text|above|instructions?)|instructions\s+(?:you|above|given"
        r"|that)|(?:text|everything|words|content|lines?|all|sentences?|message|conversation"
        r"|paragraphs?)\s+(?:above|before|prior|preceding))\b",
    ),
    (
        "extraction",
        r"\bwhat\s+(?:were|was|are|did)\s+(?:you|your)\s+(?:\w+\s+){0,4}(?:told|instruct\w*|given"
        r"|program\w*|prompt\w*|asked\s+to|set\s+up)\b|\b(?:begin|start)\w*\s+(?:with"
        r"|your\s+(?:answer|response|reply)\s+with)\s+[\"'“]|\brepeat\s+(?:after\s+me|back"
        r"|the\s+(?:above|words|text))\b|\b(?:system|initial|original|hidden|secret)\s+(?:prompt"
        r"|instructions)\b|\b(?:spell[- ]?check|print|translate|summari[sz]e"
        r"|encode)\s+(?:and\s+\w+\s+)?(?:the\s+)?(?:above|previous|prior|your)\s+(?:prompt|text"
        r"|instructions?|message)\b",
    ),
    (
        "authority",
        r"\b(?:i\s+am|i'?m|this\s+is|speaking\s+as|acting\s+as)\s+(?:your|the|a|an)?\s*(?:(?:openai"
        r"|anthropic|lead|chief|senior|your)\s+)*(?:developer|creator|programmer|system\s+admin\w*"
        r"|admin(?:istrator)?|engineer|owner\s+of\s+(?:this|the)\s+(?:system|bot|ai)|maker"
        r"|boss\s+of\s+you|ceo|root|supervisor\s+of\s+(?:this|the)\s+(?:bot|ai|system))\b"
        r"|\b(?:authori[sz]ation|override|access|admin|master)\s+(?:code|password|key)\s*[:#]"
        r"|\b(?:approval|refund|return)\s+policy\s+has\s+been\s+(?:amended|changed|updated"
        r"|suspended)\b|\b(?:critic|manager|supervisor|system)\s*:\s*(?:approved|allow|grant)"
        r"|\b(?:skip|bypass|disable|turn\s+off|without)\s+(?:the\s+|any\s+|all\s+)?(?:approval"
        r"|verification|checks?|security|guardrails?|safety|validation|critic)\b",
    ),
    (
        "output",
        r"\b(?:only\s+(?:say|respond|reply|answer|output|print|write)|(?:say|respond|reply|answer"
        r"|output|print|write)\s+(?:only|just|with\s+(?:only|just|the\s+(?:word|phrase|sentence))"
        r"|exactly|nothing\s+but|verbatim)|(?:always|must)\s+(?:answer|respond|reply|say|start|begin"
        r"|end)|(?:end|start|begin|finish)\s+(?:your|every|each|all)\s+(?:\w+\s+)?(?:answer|response"
        r"|reply|message|sentence)s?\s+with|do\s+not\s+(?:say|write|explain|mention|reveal|refuse"
        r"|write\s+explanations|use\s+any)|never\s+(?:refuse|say\s+no|mention|break\s+character"
        r"|decline)|(?:you\s+(?:must|will|have\s+to|shall|can)\s+(?:always|never|not|now|only|comply"
        r"|obey|do\s+anything|answer|agree))|my\s+first\s+(?:sentence|request|question|command"
        r"|suggestion\s+request|task|prompt|message)\s+is|hypothetical(?:ly)?\s+(?:response|scenario"
        r"|story|answer)|for\s+(?:educational|research|testing)\s+purposes)\b",
    ),
)
LIKENESS: Final = "likeness"
HINTED: Final = -3.0  # log odds above which a hint counts; above SURE no hint is needed
_KINDS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for kind, pattern in KINDS)
_HINTS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for kind, pattern in HINTS)
_KINDS_OPEN: Final = needles.index([pattern for _, pattern in KINDS])
_HINTS_OPEN: Final = needles.index([pattern for _, pattern in HINTS])
# Look-alikes that NFKC leaves: Cyrillic and Greek letters that pass for Latin ones. For detection only.
_FOLD: Final = str.maketrans(
    "аАвВеЕкКмМнНоОрРсСтТуУхХіІјЈѕЅԁɡαΑΒΕΖΗΙΚΜΝοΟΡΤΥΧνυıłøđ", "aAbBeEkKmMhHoOpPcCtTyYxXiIjJsSdgaABEZHIKMNoOPTYXvuilod"
)
_LEET: Final = str.maketrans("013457@$!|", "oieastasii")
_MIXED: Final = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0370-\u052f])\w+")  # letters of two scripts in one word
_ALIKE: Final = re.compile(rf"\b[{''.join(map(chr, _FOLD))}]+\b")
_LATIN: Final = re.compile("[A-Za-z]")
_STRANGE: Final = re.compile("[\u0370-\u052f]")
_LEETED: Final = re.compile(r"\S*[A-Za-z]\S*")
_INNER: Final = re.compile(r"[A-Za-z][013457]+[A-Za-z]")
BETTER: Final = 0.05  # share of known words by which a disguise must read better than the text
ENOUGH: Final = 0.25
_HIDDEN: Final = re.compile("[\U000e0020-\U000e007e]+")
_BLOB: Final = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/])")
_APART: Final = re.compile(r"(?:\b\w[ .\-_*]){6,}\w\b")


def kinds(raw: str, normalised: str) -> tuple[str, ...]:
    """The kinds of steering (names of KINDS, or LIKENESS) found in the text or in what it hides."""
    readings = tuple(dict.fromkeys(_readings(raw, normalised)))
    sure = {kind for reading in readings for kind in _in(reading, _KINDS, _KINDS_OPEN)}
    hints = {kind for reading in readings for kind in _in(reading, _HINTS, _HINTS_OPEN)}
    if sure:
        return tuple(sorted(sure | hints))
    score = _score(raw, normalised)
    if score > SURE:
        return tuple(sorted(hints | {LIKENESS}))
    return tuple(sorted(hints)) if score > HINTED else ()


def _in(reading: str, patterns: Patterns, opened: needles.Index) -> Iterator[str]:
    for number in opened.candidates(reading):
        kind, pattern = patterns[number]
        if pattern.search(reading):
            yield kind


def _score(raw: str, normalised: str) -> float:
    """The likeness of the text as it reads best; plain talk of nothing but customers' words has none."""
    model = likeness()
    texts = [*dict.fromkeys(_best(raw, normalised, model.common))]
    return -math.inf if all(model.is_plain(text) for text in texts) else model.score(texts)


def _best(raw: str, normalised: str, common: frozenset[str]) -> Iterator[str]:
    """The text without look-alike letters and codes, or the disguise that reads better; and what it hides."""
    plain = _unmixed(_BLOB.sub(_without_code, normalised))
    readings = {reading: _readable(reading, common) for reading in _disguises(plain)}
    best = max(readings, key=lambda reading: readings[reading])
    is_better = readings[best] > max(BETTER + _readable(plain, common), ENOUGH)
    yield best if is_better else plain
    if _INNER.search(plain):  # a few long words hold no small one to tell by
        yield _LEETED.sub(lambda match: match[0].translate(_LEET), plain)
    yield from _hidden(raw, normalised)


def _unmixed(text: str) -> str:
    """Look-alike letters as Latin ones: in words of two scripts, and, where most of a text is Latin, in words of
    nothing else."""
    plain = _MIXED.sub(lambda match: match[0].translate(_FOLD), text)
    is_latin = len(_LATIN.findall(plain)) > len(_STRANGE.findall(plain))
    return _ALIKE.sub(lambda match: match[0].translate(_FOLD), plain) if is_latin else plain


def _without_code(blob: re.Match[str]) -> str:
    return " " if _decoded(blob[0]) else blob[0]


def _readable(text: str, common: frozenset[str]) -> float:
    """The share of words that customers use or that a language needs in every sentence."""
    found = words(text)
    return sum(word in common or word in language.SMALL for word in found) / len(found) if found else 0.0


def _readings(raw: str, normalised: str) -> Iterator[str]:
    """The text as it stands, and as it reads once each disguise is taken off; a code in a disguise as well."""
    plain = fold(normalised)
    found = [plain, *map(fold, _hidden(raw, normalised)), *_disguises(plain)]
    yield from found
    yield from (fold(inner) for reading in found for inner in _codes(reading))


def _hidden(raw: str, normalised: str) -> Iterator[str]:
    """What stands in the text unseen: tag characters, base64."""
    if _HIDDEN.search(raw):
        yield "".join(chr(ord(sign) - 0xE0000) for run in _HIDDEN.findall(raw) for sign in run)
    yield from _codes(normalised)


def _codes(text: str) -> Iterator[str]:
    yield from filter(None, map(_decoded, _BLOB.findall(text)))


def _disguises(plain: str) -> Iterator[str]:
    if (leet := _LEETED.sub(lambda match: match[0].translate(_LEET), plain)) != plain:
        yield leet
    if _APART.search(plain):
        yield _APART.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), re.sub(r" {2,}", "\n", plain))
    yield codecs.encode(plain, "rot13")
    yield plain[::-1]


def fold(text: str) -> str:
    """Accents and look-alike letters to plain Latin ones, for reading only; what is stored stays as it was written."""
    decomposed = unicodedata.normalize("NFD", text.translate(_FOLD))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).translate(
        str.maketrans("’‘“”", "''\"\"")
    )


def _decoded(blob: str) -> str:
    try:
        return base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
