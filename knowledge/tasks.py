"""Celery tasks: safe to run twice, and twice at once."""

from __future__ import annotations

from celery import shared_task

from . import findings, index, vectors, weekly
from .models import ArticleVersion


@shared_task(name=findings.AUDIT)
def audit() -> None:
    """Look at every published article; what was found before isn't opened again."""
    findings.refresh()
    vectors.tidy()
    for version in index.unfinished():  # whose bell was lost
        index.finish(version)


@shared_task(name=vectors.EMBED)
def embed(version_id: int) -> None:
    """Make a version's vectors before it is published, and behind an import what it left: none a second time."""
    version = ArticleVersion.objects.filter(pk=version_id).select_related("article").first()
    if version is not None and version.pk == version.article.current_id:
        index.finish(version)
    elif version is not None:
        index.make_ready(version)


@shared_task(name=weekly.REPORT)
def report_week() -> None:
    """Write the week's report, once."""
    weekly.write()
