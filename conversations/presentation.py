"""A message as readers see it. Text is data: markup comes only from a tiny subset, and a customer's words get none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import nh3
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from . import queue
from .lifecycle import display_name
from .models import Conversation, Handoff, Message

AGENT_NAME: Final = "Assistant"
BARE_ADDRESS: Final = re.compile(r"(?<![\w(<\"'])https://[^\s<>()\[\]]+[^\s<>()\[\].,;:!?]")
# A mark, or a whole link: a mark in a link's words stays words, for links don't nest.
MARK: Final = re.compile(r"<a\b.*?</a>|\[(\d{1,2})\]", re.DOTALL)
SHOWN: Final = ("citations", "choices", "masked", Message.UNFINISHED)  # of a message's extra
TAGS: Final = {"p", "br", "ul", "ol", "li", "strong", "em", "a"}

# `zero` knows paragraphs only; the rest is named here. Raw HTML, images, headings and code stay plain text.
_markdown = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["list", "emphasis", "newline", "link", "autolink", "escape", "entity"]
)


def rendered(message: Message) -> SafeString:
    """The message as HTML that is safe to put into a page: customers' words escaped, others by the tiny subset."""
    if message.author in (Message.Author.CUSTOMER, Message.Author.SYSTEM):
        return SafeString(linebreaks(message.text, autoescape=True))
    linked = BARE_ADDRESS.sub(lambda found: f"<{found[0]}>", message.text)
    html = nh3.clean(
        _markdown.render(linked), tags=TAGS, attributes={"a": {"href"}}, attribute_filter=safe_link, link_rel="noopener"
    )
    return mark_safe(cited(html, message.extra.get("citations", [])))  # noqa: S308 cleaned one line above


def safe_link(tag: str, name: str, value: str) -> str | None:
    """https anywhere, or a path of this host; everything else loses its address and stays as words."""
    if name != "href":
        return value
    here = value.startswith("/") and not value.startswith(("//", "/\\"))
    return value if here or value.startswith("https://") else None


def cited(html: str, citations: Iterable[dict[str, Any]]) -> str:
    """Marks like [1] become links to the page they stand for; a mark without a page stays text."""
    shown = [c for c in citations if c.get("linked", True)]
    pages = {str(c["n"]): c["url"] for c in shown if safe_link("a", "href", str(c.get("url", "")))}

    def link(found: re.Match[str]) -> str:
        page = pages.get(found[1] or "")
        return f'<a class="cite" href="{escape(page)}">{found[0]}</a>' if page else found[0]

    return MARK.sub(link, html)


def author_name(message: Message) -> str:
    if message.author == Message.Author.OPERATOR and message.operator is not None:
        return display_name(message.operator)
    return {Message.Author.AGENT: AGENT_NAME, Message.Author.CUSTOMER: "You"}.get(Message.Author(message.author), "")


def message_frame(message: Message) -> dict[str, Any]:
    """One message for its customer's page; `client_id` lets the page recognise its own unsent words."""
    return {
        "seq": message.seq,
        "author": message.author,
        "name": author_name(message),
        "text": message.text,
        "html": rendered(message),
        "extra": {key: message.extra[key] for key in SHOWN if key in message.extra},
        "client_id": message.client_id if message.author == Message.Author.CUSTOMER else None,
        "at": message.created_at.isoformat(),
    }


def state_frame(conversation: Conversation) -> dict[str, Any]:
    """Whose turn it is, for the customer's page. `busy`: the agent is at work on an answer."""
    human = conversation.status == Conversation.Status.HUMAN
    return {
        "status": conversation.status,
        "owner": display_name(conversation.operator) if human else None,
        "position": queue.place(conversation.pk) if conversation.status == Conversation.Status.ESCALATED else None,
        "busy": conversation.status == Conversation.Status.ACTIVE and conversation.wake > conversation.done,
    }


def with_queue(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Adds `queue` and `reason` of the latest handoff."""
    latest = Handoff.objects.filter(conversation=OuterRef("pk")).order_by("-id")
    newest = {name: Subquery(latest.values(name)[:1]) for name in ("queue", "reason")}
    return conversations.annotate(**newest)


def plain_words(code: str) -> str:
    """A reason's code as words: 'needs-person:refund_request' becomes 'Needs person: refund request'."""
    words = code.replace(":", ": ").replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
