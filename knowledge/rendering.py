"""An article as HTML: Markdown without HTML, cleaned once more on the way out."""

from __future__ import annotations

from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from conversations.presentation import safe_link

TAGS: Final = {
    *("p", "br", "hr", "ul", "ol", "li", "strong", "em", "a", "code", "pre", "blockquote"),
    *("h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def to_html(body: str) -> SafeString:
    html = nh3.clean(
        _markdown.render(body), tags=TAGS, attributes={"a": {"href"}}, attribute_filter=safe_link, link_rel="noopener"
    )
    return mark_safe(html)  # noqa: S308 cleaned one line above
