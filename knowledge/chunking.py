"""Markdown becomes passages that stand alone: at most 128 tokens with "Title. Heading:" carried in front.

A passage never crosses a heading. Blocks (paragraphs, list items, table rows, code) stay whole while they fit;
a longer one is cut at a sentence, else at a word, else between two tokens. Nothing is lost and nothing is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from . import embeddings

MARKS = 2  # the tokens that the model puts around each text
PREFIX_TOKENS = 40  # a title and heading longer than this are cut: the body needs the room
# A sentence ends before a capital or a figure, never inside "9 a.m. Eastern Time" or after the number of a step.
SENTENCE_END = re.compile(
    r"(?<![ap]\.m\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bNo\.)(?<!\bSt\.)(?<!\b[A-Z]\.)(?<!^\d\.)(?<!^\d\d\.)"
    r"(?<=[.!?…])[\"')\]]*\s+(?=[\"'(\[`*$]*[A-Z0-9])|\n+",
    re.MULTILINE,
)
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Block:
    """A stretch of text below one heading path, as plain text; code keeps its backticks, so a command stays literal."""

    heading: str
    text: str


@dataclass(frozen=True)
class Chunk:
    heading: str
    text: str


def standalone(title: str, heading: str, text: str) -> str:
    """What is embedded and searched: the passage with what it is about in front."""
    return f"{prefix(title, heading)} {text}"


def prefix(title: str, heading: str) -> str:
    lead = f"{title}. {heading}:" if heading else f"{title}:"
    ends = embeddings.token_ends(lead)
    return lead if len(ends) <= PREFIX_TOKENS else lead[: ends[PREFIX_TOKENS - 1]]


def chunk(title: str, body: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    for heading, texts in _sections(blocks(body)):
        room = embeddings.MAX_TOKENS - MARKS - len(embeddings.token_ends(prefix(title, heading)))
        chunks += [Chunk(heading, text) for text in _pack(texts, room)]
    return chunks


def blocks(body: str) -> Iterator[Block]:
    """The article's blocks in order, each with its heading path ("Refunds > Gift cards")."""
    path: list[tuple[int, str]] = []
    level, mark = 0, ""
    names, row = list[str](), list[str]()
    table = False
    for token in _markdown.parse(body):
        heading = " > ".join(name for _, name in path if name)
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting == 1 else 0
        elif token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "- "
        elif token.type in ("table_open", "table_close"):
            table, names = token.nesting == 1, []
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            if names:
                yield Block(heading, _row(names, row))
            names = names or row
        elif token.type == "inline" and level:
            path = [step for step in path if step[0] < level] + [(level, _plain(token))]
        elif token.type == "inline" and table:
            row.append(_plain(token))
        elif token.type in ("inline", "fence", "code_block"):
            text = _plain(token) if token.type == "inline" else f"`{token.content.strip()}`"
            yield Block(heading, mark + text)
            mark = ""


def _row(names: list[str], cells: list[str]) -> str:
    """A table's row as a fact of its own: "Shipped: The carrier has your parcel.", with more columns by their names."""
    first, *others = cells
    told = [f"{name} {cell}" for name, cell in zip(names[1:], others, strict=True) if cell]
    return f"{first}: {others[0] if len(names) == 2 else '; '.join(told)}"


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence or line of `text`, without the white space between them."""
    spans, start = [], 0
    for gap in SENTENCE_END.finditer(text):
        end = gap.start() + len(gap.group().rstrip())
        spans.append((start, end))
        start = gap.end()
    spans.append((start, len(text)))
    return [(start, end) for start, end in spans if text[start:end].strip()]


def _plain(token: Token) -> str:
    """Text as a reader sees it; of a link its words, of an image its description."""
    parts = []
    for child in token.children or []:
        if child.type == "code_inline":
            parts.append(f"`{child.content}`")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" " if child.type == "softbreak" else "\n")
        else:
            parts.append(child.content)
    return "".join(parts).strip()


def _sections(found: Iterable[Block]) -> Iterator[tuple[str, list[str]]]:
    heading, texts = "", list[str]()
    for block in found:
        if block.heading != heading and texts:
            yield heading, texts
            texts = []
        heading = block.heading
        if block.text:
            texts.append(block.text)
    if texts:
        yield heading, texts


def _pack(texts: list[str], room: int) -> Iterator[str]:
    """Fill passages up to `room` tokens, in order."""
    held, used = list[str](), 0
    for text in texts:
        for piece in _pieces(text, room):
            size = len(embeddings.token_ends(piece))
            if held and used + size > room:
                yield "\n".join(held)
                held, used = [], 0
            held.append(piece)
            used += size
    if held:
        yield "\n".join(held)


def _pieces(text: str, room: int) -> Iterator[str]:
    """`text` in pieces of at most `room` tokens."""
    while len(ends := embeddings.token_ends(text)) > room:
        limit = ends[room - 1]
        cut = _last_gap(text, limit)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _last_gap(text: str, limit: int) -> int:
    """The latest good place to cut at or before `limit`: after a sentence, else between words, else right there."""
    ends = [gap.end() for gap in SENTENCE_END.finditer(text, 0, limit + 1) if gap.end() <= limit + 1]
    if ends and ends[-1] > limit // 3:
        return ends[-1]
    space = max(text.rfind(" ", 1, limit + 1), text.rfind("\n", 1, limit + 1))
    return space if space > 0 else limit
