"""HTML to Markdown. `python markup.py` does it for standard input, in a process of its own, with limits.

Nothing of the project is imported here.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from typing import Any, Final

import nh3
from markdownify import ATX, MarkdownConverter

MEMORY: Final = 1_000_000_000
SECONDS: Final = 10

BLOCKS: Final = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "main", "blockquote", "hr", "br"}
LISTS: Final = {"ul", "ol", "li", "dl", "dt", "dd", "details", "summary"}
TABLES: Final = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
WORDS: Final = {"pre", "code", "kbd", "samp", "strong", "b", "em", "i"}
DROPPED: Final = {
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button", "select", "iframe",
    "object", "svg", "math", "title", "head",
}  # fmt: skip


class _Markdown(MarkdownConverter):
    """A question that folds is a paragraph of its own, in bold."""

    def convert_summary(self, _: Any, text: str, parent_tags: Any) -> str:
        return f"\n\n**{text.strip()}**\n\n"

    def convert_details(self, _: Any, text: str, parent_tags: Any) -> str:
        return f"\n\n{text}\n\n"


def as_markdown(text: str) -> str:
    """Headings, lists, tables and code stay; links are their text; scripts, styles and navigation are dropped.

    An HTML5 parser closes what is open first, so that what comes after it reads well-formed markup only.
    """
    kept = BLOCKS | LISTS | TABLES | WORDS
    clean = nh3.clean(text, tags=kept, clean_content_tags=DROPPED, attributes={}, link_rel=None)
    converter = _Markdown(
        heading_style=ATX, bullets="-", escape_asterisks=False, escape_underscores=False, escape_misc=False
    )
    said = converter.convert(f"<div>{clean}</div>")  # one element: bare words would be taken for a file's name
    lines = "\n".join(line.rstrip() for line in said.replace("\xa0", " ").splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    sys.stdout.write(json.dumps(as_markdown(sys.stdin.buffer.read().decode())))


if __name__ == "__main__":
    main()
