"""One file's bytes become a draft of an article: Markdown, HTML, PDF. What can't be used says why in one sentence."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final

from conversations.clock import business_now

from . import ingest, markup
from .models import Topic

MAX_TITLE: Final = 200
SECONDS: Final = 20
PDF_TEXT: Final = Path(__file__).with_name("pdftext.py")
MARKUP: Final = Path(__file__).with_name("markup.py")
MANY_TAGS: Final = 5_000
HALF: Final = re.compile("[\ud800-\udfff]")
HALVES: Final = "The text holds half a character. Write it out again."

PAGE_TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{1,500})</title", re.IGNORECASE)
HEADING: Final = re.compile(r"\A\s*# +(.+?)[ #]*(?:\n|\Z)")
NO_TITLE: Final = re.compile(r"(?i)untitled.*|microsoft word - .*|.*\.(docx?|indd|odt|pptx?|pdf)")

# Which topic a section's name or a title speaks of; the first that fits. A guess, so that a reviewer sees it first.
SIGNS: Final[dict[str, str]] = {
    Topic.RETURNS: r"returns?|returning|refunds?|exchanges?",
    Topic.SHIPPING: r"shipping|shipments?|deliver(?:y|ies|ed)|tracking|parcels?",
    Topic.WARRANTY: r"warrant(?:y|ies)|guarantees?|damaged?|repairs?",
    Topic.SECURITY: r"security|privacy|password|phishing|gdpr|data protection",
    Topic.BILLING: r"billing|invoices?|payments?|paying|charged?|receipts?",
    Topic.MEMBERSHIP: r"memberships?|members?|loyalty|subscriptions?",
    Topic.PRICING: r"pric(?:es?|ing)|discounts?|offers?|vouchers?|coupons?",
    Topic.ACCOUNT: r"accounts?|log ?in|sign(?:ing)? in|profile",
    Topic.TECHNICAL: r"technical|troubleshooting|errors?|apps?|set ?up|install(?:ing|ation)?|integrations?|api",
    Topic.ORDERS: r"orders?|ordering|checkout",
    Topic.PRODUCT: r"products?|care|cleaning|sizes?|materials?",
    Topic.COMPANY: r"about us|company|contact|careers|stores?|opening hours",
}


def printable(text: str) -> str:
    """A file's name is somebody else's words: it moves no cursor, turns no direction, and can be stored."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class SkippedError(ValueError):
    """Why this isn't taken in, in one sentence."""


@dataclass(frozen=True)
class Draft:
    """An article as its source says it. `facts`: what it states of topic, audience and such; `hints`: names that speak
    of a topic."""

    id: str
    title: str
    body: str
    facts: dict[str, str] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    updated: date | None = None
    reviewed: date | None = None


def checked(draft: Draft) -> Draft:
    """The draft, if an article can be made of it."""
    if not draft.title:
        raise SkippedError("There is no title.")
    if len(draft.title) > MAX_TITLE:
        raise SkippedError(f"The title is longer than {MAX_TITLE} characters.")
    if not draft.body:
        raise SkippedError("There is no text.")
    if "\0" in draft.title + draft.body + draft.id:
        raise SkippedError("The text holds a NUL character.")
    if HALF.search(draft.title + draft.body + draft.id):
        raise SkippedError(HALVES)
    if len(draft.body) > ingest.MAX_BYTES:
        raise SkippedError(f"The text is longer than {ingest.MAX_BYTES:,} characters. Split it into several articles.")
    if not draft.id or len(draft.id) > 200:
        raise SkippedError("Its id has to have 1 to 200 characters.")
    return draft


def topic_of(*hints: str) -> str:
    """The topic that the first telling hint speaks of, or nothing."""
    for hint in hints:
        for topic, words in SIGNS.items():
            if re.search(rf"\b(?:{words})\b", hint[:300].replace("_", " ").replace("-", " "), re.IGNORECASE):
                return str(topic)
    return ""


def decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SkippedError("It isn't UTF-8. Save it as UTF-8.") from error


def from_markdown(name: str, data: bytes) -> Draft:
    """With front matter as in a folder of ours; without it the first heading is the title."""
    text = decoded(data)
    if ingest.FRONT_MATTER.match(text):
        return _with_front_matter(name, text)
    title, body = titled("", text)
    return Draft(name, title, body, hints=folders(name))


def _with_front_matter(name: str, text: str) -> Draft:
    try:
        front, body = ingest.parse(text)
        words = front.words(body, business_now().date())
    except ValueError as error:
        raise SkippedError(str(error)) from error
    facts: dict[str, str] = {key: str(getattr(front, key)) for key in ingest.FACTS if key in front.model_fields_set}
    return Draft(
        front.id or PurePosixPath(name).stem, words.title, words.body, facts, (), words.updated_on, words.reviewed_on
    )


def from_html(name: str, data: bytes) -> Draft:
    text = decoded(data)
    found = PAGE_TITLE.search(text)
    title, body = titled(html.unescape(found.group(1)) if found else "", as_markdown(text))
    return Draft(name, title, body, hints=folders(name))


def titled(title: str, body: str) -> tuple[str, str]:
    """The heading on top is the title, and isn't said twice."""
    found = HEADING.match(body)
    if found is not None:
        title, body = found.group(1), body[found.end() :]
    return " ".join(title.split()), body.strip()


def folders(name: str) -> tuple[str, ...]:
    """The names of the folders and of the file, the nearest folder first."""
    path = PurePosixPath(name)
    return (*reversed(path.parent.parts), path.stem)


def as_markdown(text: str) -> str:
    """A page with many elements goes to a process of its own: what is opened and never closed costs a parser their
    square."""
    if HALF.search(text):
        raise SkippedError(HALVES)
    if text.count("<") > MANY_TAGS:
        return str(_apart(MARKUP, text.encode(), "page"))
    try:
        return markup.as_markdown(text)
    except RecursionError as error:
        raise SkippedError("Its markup is nested too deeply.") from error
    except (ValueError, LookupError, TypeError, AssertionError) as error:
        raise SkippedError("Its markup can't be read.") from error


def _apart(program: Path, data: bytes, what: str) -> Any:
    """What a program of ours makes of the bytes, in a process with little memory and little time."""
    command = [sys.executable, "-I", str(program)]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SkippedError(f"The {what} couldn't be read within {SECONDS} seconds.") from error
    if done.returncode != 0:
        raise SkippedError(f"The {what} can't be read; it is broken, nested without end, or needs too much memory.")
    return json.loads(done.stdout)


def from_pdf(name: str, data: bytes) -> Draft:
    """Read by a process of its own: a PDF is a program."""
    said: dict[str, Any] = _apart(PDF_TEXT, data, "PDF")
    if said["why"]:
        raise SkippedError(said["why"])
    return _of_pages(name, said)


def _of_pages(name: str, said: dict[str, Any]) -> Draft:
    """The title stands in the file's own facts, or is the first line."""
    body = flowing(said["text"])
    title = " ".join(said["title"].split())
    first, _, rest = body.partition("\n\n")
    if not title or NO_TITLE.fullmatch(title):
        title, body = (first, rest.strip()) if len(first) <= MAX_TITLE and rest else ("", body)
    elif first == title:
        body = rest.strip()
    updated = date.fromisoformat(said["changed"]) if said["changed"] else None
    return Draft(name, title, body, hints=folders(name), updated=updated)


def flowing(text: str) -> str:
    """Lines become paragraphs again: a word that was cut is whole, a list item begins a line."""
    text = re.sub(r"[ \t]+", " ", text.replace("\r", ""))
    text = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)
    text = re.sub(r"\n ?[•▪‣●○◦–] ?", "\n\n- ", text)
    parts = [" ".join(part.split("\n")).strip() for part in re.split(r"\n ?\n+", text)]
    return "\n\n".join(part for part in parts if part)


READERS: Final[dict[str, Callable[[str, bytes], Draft]]] = {
    ".md": from_markdown,
    ".markdown": from_markdown,
    ".html": from_html,
    ".htm": from_html,
    ".pdf": from_pdf,
}
