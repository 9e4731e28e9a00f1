"""The four ways to an answer (S1-22): a known issue, an exact policy, a product's documentation, or any page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from .keywords import keywords
from .models import Incident

ENOUGH: Final = 0.7  # of a known issue's words, at least MIN_WORDS of them, in what the customer wrote
MIN_WORDS: Final = 2
NAME_WORDS: Final = 3  # a name with fewer words is a matter, and no page
TOLD: Final = ("id", "title", "product", "since", "status", "workaround")
_CODE: Final = re.compile(r"\b[A-Z]{2,6}-\d{1,4}\b")


class Path(StrEnum):
    """By the names of the contract: check_known_issues_feed, exact_search_policies, get_product_documentation,
    vector_search_kb."""

    ISSUE = "issue"
    POLICY = "policy"
    PRODUCT = "product"
    ARTICLE = "article"


def path_of(query: str, passage: dict[str, Any]) -> str:
    """POLICY: the turn names the page, its section or a numbered rule of it; PRODUCT: it names the page's product."""
    asked = plain(query)
    names = [plain(passage["title"]), plain(passage["heading"].split(" > ")[-1])]
    is_named = any(name.count(" ") > NAME_WORDS and name in asked for name in names)
    if is_named or set(_CODE.findall(query.upper())) & set(_CODE.findall(passage["text"])):
        return Path.POLICY
    product = plain(passage["product"])
    return Path.PRODUCT if product.strip() and product in asked else Path.ARTICLE


def plain(text: str) -> str:
    """Words in small letters with one blank around each, so that a name is looked for as a whole."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def issues(query: str, feed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the feed (rows of Incident, as search read them) that the turn speaks of, the surest first."""
    asked, said = keywords(query), plain(query)
    found = []
    for one in feed:
        if one["product"] and plain(one["product"]) not in said:
            continue
        share = max(likeness(asked, text) for text in (one["title"], *filter(None, one["signs"].split(","))))
        if share >= ENOUGH:
            found.append((-share, -one["id"], {name: one[name] for name in TOLD}))
    told = [row for _, _, row in sorted(found, key=lambda one: one[:2])]
    return [{**row, "status": Incident.Status(row["status"]).label} for row in told]


def likeness(asked: set[str], text: str) -> float:
    words = keywords(text)
    common = len(words & asked)
    return common / len(words) if common >= min(MIN_WORDS, len(words)) and words else 0.0
