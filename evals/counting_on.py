"""Which examined conversations count on an article: those that expect a figure or some words that stand in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.access import Access, access
from knowledge import figures
from knowledge.models import Article

CASES: Final = Path(__file__).with_name("cases")
SLUG_CHARS: Final = 120
WORDS: Final = 3  # so many in a row are no accident


@dataclass(frozen=True)
class Counted:
    """A case, its file, and what it expects that the article says."""

    file: str
    case: str
    expects: tuple[str, ...]


def cases(body: str) -> list[Counted]:
    found = []
    for file, case, patterns in expected():
        said = tuple(text for pattern in patterns if (text := stands_in(pattern, body)))
        if said:
            found.append(Counted(file, case, said))
    return found


def stands_in(pattern: str, body: str) -> str:
    """What of the article the pattern finds, when it is a figure or words enough to be no accident."""
    found = re.search(pattern, body, re.IGNORECASE)
    if found is None or not (figures.read(found[0]) or len(found[0].split()) >= WORDS):
        return ""
    return found[0]


@cache
def expected() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(file, case, patterns) of the shipped conversations."""
    return tuple(_expected())


def _expected() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for file in sorted(CASES.glob("*.jsonl")):
        for line in file.read_text("utf-8").split("\n"):
            case: dict[str, Any] = json.loads(line) if line.strip() else {}
            turns = [turn for turn in case.get("lines", ()) if isinstance(turn, dict)]
            patterns = tuple(pattern for turn in turns for key in ("expect", "then") for pattern in turn.get(key, ()))
            if patterns:
                yield file.relative_to(settings.BASE_DIR).as_posix(), str(case["id"]), patterns


@access(Access.OPERATOR)
@require_safe
@never_cache
def panel(request: HttpRequest) -> HttpResponse:
    row = get_object_or_404(Article.objects.select_related("current"), slug=request.GET.get("article", "")[:SLUG_CHARS])
    return render(request, "evals/_counting_on.html", {"rows": cases(row.current.body if row.current else "")})
