"""Which workflows quote an article: counted from the steps of the turns that cited it, beside those that may."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.access import Access, access
from knowledge import blast

from . import kits
from .models import Step

TOOL: Final = "search_knowledge"
SLUG_CHARS: Final = 120


@dataclass(frozen=True)
class Quoting:
    """A workflow, how many replies of its turns cited the article, and for which intents."""

    name: str
    title: str
    replies: int
    intents: tuple[str, ...]


def quoting(slug: str) -> list[Quoting]:
    """Every workflow that may quote articles, and whichever did; the most replies first."""
    turns = set(blast.recent(slug).exclude(turn_id=None).values_list("turn_id", flat=True))
    steps = Step.objects.filter(turn_id__in=turns)
    walked = set(steps.filter(kind="node").values_list("turn_id", "data__workflow"))
    meant = dict(steps.filter(kind="triage").values_list("turn_id", "name"))
    known = kits.installed()
    may = {name for name, flow in known.items() if any(TOOL in node.tools for node in flow.nodes)}
    counts = Counter(name for _, name in walked if name in may)
    rows = [
        Quoting(
            name,
            known[name].title,
            counts[name],
            tuple(sorted({meant[turn] for turn, walker in walked if walker == name and turn in meant})),
        )
        for name in may
    ]
    return sorted(rows, key=lambda row: (-row.replies, row.name))


@access(Access.OPERATOR)
@require_safe
@never_cache
def panel(request: HttpRequest) -> HttpResponse:
    slug = request.GET.get("article", "")[:SLUG_CHARS]
    return render(request, "agents/_quoting.html", {"rows": quoting(slug)})
