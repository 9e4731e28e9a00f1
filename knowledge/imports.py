"""What a company has becomes articles: upsert by (source, id), each in a transaction of its own, resumable.

What is new or changed waits for a reviewer unless it is published outright. An editor's words are never lost, an
editor's archive stands, and what is gone from its source is told and stays, unless it shall be archived.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from conversations.access import SYSTEM
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError
from conversations.models import Now

from . import articles, formats, index
from .articles import Words
from .formats import Draft, SkippedError
from .ingest import REASON
from .models import Article, ArticleVersion, Audience, Imported, ImportRun, narrower
from .sources import BadSourceError, Item, Source

GONE: Final = "gone from its source"
OURS: Final = ("editor", "pack")  # what these names hold was written here
TOLD: Final = 1_000  # sentences that a run keeps; the others are counted

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Options:
    """`topic` and `audience` are for articles whose source doesn't say."""

    publish: bool = False
    archive_missing: bool = False
    topic: str = ""
    audience: str = Audience.INTERNAL


@dataclass(frozen=True)
class Outcome:
    """The run, and the articles that its source no longer holds, with whether they were archived."""

    run: ImportRun
    gone: list[str]
    archived: bool


def take_in(source: Source, name: str, options: Options, *, resume: bool = False, tell: Progress) -> Outcome:
    """Every item of the source, from where the last run stopped when it is resumed."""
    run = begin(source, name, resume=resume)
    try:
        for n, item in enumerate(source.items[run.place :], run.place + 1):
            _step(run, item, n, options)
            tell(n, run.total, item.name)
        gone = [article.slug for article in missing(run)]
        archived = bool(gone) and options.archive_missing and _archive(run)
    except BaseException:
        _end(run, ImportRun.State.STOPPED)
        raise
    _end(run, ImportRun.State.DONE)
    return Outcome(run, gone, archived)


def begin(source: Source, name: str, *, resume: bool) -> ImportRun:
    """A new run, or the last one when it didn't come to its end and the source is as it was."""
    if name in OURS:
        raise BadSourceError(f"The source {name!r} is this installation's own. Choose another name with --source.")
    if not resume:
        return ImportRun.objects.create(source=name, fingerprint=source.fingerprint, total=len(source.items))
    run = ImportRun.objects.filter(source=name).first()
    if run is None or run.state == ImportRun.State.DONE:
        raise BadSourceError(f"No run of the source {name!r} was cut short. Leave --resume out.")
    if run.fingerprint != source.fingerprint:
        raise BadSourceError("The source has changed since the run that stopped. Leave --resume out.")
    run.state, run.ended_at = ImportRun.State.RUNNING, None
    run.save(update_fields=["state", "ended_at"])
    return run


def _end(run: ImportRun, state: str) -> None:
    index.recount()
    ImportRun.objects.filter(pk=run.pk).update(state=state, ended_at=Now())
    run.state = state


def _step(run: ImportRun, item: Item, n: int, options: Options) -> None:
    """One item, and the place behind it, or neither."""
    try:
        with transaction.atomic():
            outcome, note = _take(run, item, options)
            _note(run, item, n, outcome, note)
    except (SkippedError, NotAllowedError, IntegrityError) as error:
        why = "Somebody else wrote it at the same moment." if isinstance(error, IntegrityError) else str(error)
        with transaction.atomic():
            found = _see(run, item)
            unsure = ("unsure",) if not (item.sure or found) else ()
            _note(run, item, n, "skipped", why, *unsure)


def _note(run: ImportRun, item: Item, n: int, outcome: str, note: str, *more: str) -> None:
    for key in (outcome, *more):
        run.counts[key] = run.counts.get(key, 0) + 1
    if note and len(run.told) < TOLD:
        run.told.append([formats.printable(item.name), formats.printable(note)])
    elif note:
        run.counts["untold"] = run.counts.get("untold", 0) + 1
    run.place = n
    run.save(update_fields=["place", "counts", *(["told"] if note else [])])


def _see(run: ImportRun, item: Item) -> bool:
    """What can't be read is still there: its article isn't gone. Return whether there is one."""
    known = Article.objects.filter(
        source=run.source, external_id__in=[key for key in item.keys if key and key.isprintable()]
    )
    for article in known:
        Imported.objects.update_or_create(article=article, defaults={"run": run})
    return bool(known)


def _take(run: ImportRun, item: Item, options: Options) -> tuple[str, str]:
    """added, changed or unchanged; and a sentence where something was left as it stands."""
    draft = formats.checked(item.read())
    words = _words(draft, item.dated)
    article = Article.objects.select_for_update().filter(source=run.source, external_id=draft.id).first()
    if article is None:
        article = _add(run, draft, options)
        _write(article, words)
        outcome, note, left = "added", "", False
    else:
        outcome, note, left = _renew(run, article, draft, words, options)
    said = _hash(draft.title, draft.body) + ("" if left else _hash(*sorted(draft.facts.items())))
    Imported.objects.update_or_create(article=article, defaults={"run": run, "digest": said})
    if not options.publish:
        articles.embed_soon(article)
    elif _publish(article) and outcome == "unchanged":
        outcome = "changed"
    return outcome, note


def _hash(*said: object) -> str:
    """Half of a digest: of the words, or of the facts. Days are left out: they move without a word being changed."""
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _words(draft: Draft, dated: date | None) -> Words:
    """A day that is still to come is today."""
    today = business_now().date()
    updated = min(draft.updated or draft.reviewed or dated or today, today)
    return Words(draft.title, draft.body, updated, min(draft.reviewed or updated, today))


def _add(run: ImportRun, draft: Draft, options: Options) -> Article:
    facts = {"audience": options.audience, **draft.facts}
    facts["topic"] = facts.get("topic") or formats.topic_of(*draft.hints, draft.title) or options.topic
    if not facts["topic"]:
        raise SkippedError("Nothing says what its topic is. Name one with --topic.")
    return Article.objects.create(
        slug=_slug(run.source, draft), source=run.source, external_id=draft.id, moved_why=REASON, **facts
    )


def _slug(source: str, draft: Draft) -> str:
    """The title's words; with a few letters behind them when another article has that address."""
    base = slugify(draft.title)[:100].strip("-") or "article"
    if not Article.objects.filter(slug=base).exists():
        return base
    return f"{base}-{hashlib.sha256(f'{source} {draft.id}'.encode()).hexdigest()[:8]}"


def _write(article: Article, words: Words) -> None:
    """A version that waits: in review where nobody reads an older one."""
    articles.write(article, words)
    _to_review(article)


def _to_review(article: Article) -> None:
    roads = {Article.Status.DRAFT: ("submit",), Article.Status.ARCHIVED: ("restore", "submit")}
    for verb in roads.get(article.status, ()):
        getattr(articles, verb)(article.pk, SYSTEM, REASON)


def _renew(run: ImportRun, article: Article, draft: Draft, words: Words, options: Options) -> tuple[str, str, bool]:
    """What is new in the source, and nothing else: what an editor has made of it since stands until then."""
    known = Imported.objects.filter(article=article).first()
    _may_be_taken(run, article, known, draft)
    before = known.digest if known else ""
    newest = article.versions.first()
    same = newest is not None and (newest.title, newest.body) == (words.title, words.body)
    note, did, left = "", False, False
    if before[32:] != _hash(*sorted(draft.facts.items())):
        did, note = _facts(article, draft, options)
        left = bool(note)
    if before[:32] != _hash(draft.title, draft.body) and not same:
        note = _edited(newest) or note
        _write(article, words)
        did = True
    elif article.status == Article.Status.ARCHIVED:
        _to_review(article)
        did = True
    elif same and draft.reviewed and newest is not None and newest.pk == article.current_id:
        did = articles.reviewed(article, words) or did
    return "changed" if did else "unchanged", note, left


def _may_be_taken(run: ImportRun, article: Article, known: Imported | None, draft: Draft) -> None:
    if known is not None and known.run_id == run.pk and known.digest:
        raise SkippedError(f"The id {draft.id[:80]!r} stands twice in the source; the first one was taken.")
    if article.status == Article.Status.ARCHIVED and article.moved_why != GONE:
        raise SkippedError("It was archived here. Restore it first.")


def _edited(newest: ArticleVersion | None) -> str:
    if newest is None or newest.author_id is None:
        return ""
    return (
        f"It was edited here and has changed in the source too: the edit is version {newest.number}, below the new one."
    )


def _facts(article: Article, draft: Draft, options: Options) -> tuple[bool, str]:
    """What customers see doesn't change by an import alone; only what fewer may read from now on is so at once."""
    new = {name: value for name, value in draft.facts.items() if getattr(article, name) != value}
    live = article.status == Article.Status.PUBLISHED
    at_once = "audience" in new and narrower(new["audience"], article.audience)
    taken = {k: v for k, v in new.items() if not live or options.publish or (k == "audience" and at_once)}
    if taken:
        Article.objects.filter(pk=article.pk).update(**taken)
        for name, value in taken.items():
            setattr(article, name, value)
        if live:
            index.reclassify(article)
    left = ", ".join(sorted(new.keys() - taken.keys()))
    return bool(taken), f"It keeps its {left} here until --publish takes what the source says." if left else ""


def _publish(article: Article) -> bool:
    """The newest words go live, unless they are an editor's own or an editor wants changes first."""
    row, newest = Article.objects.get(pk=article.pk), article.versions.first()
    if newest is None or newest.author_id is not None or (newest.pk == row.current_id and row.status == "published"):
        return False
    if row.status not in (Article.Status.IN_REVIEW, Article.Status.PUBLISHED):
        return False
    articles.publish(row.pk, SYSTEM, REASON, recount=False, whole=False)
    return True


# What is gone.


def missing(run: ImportRun) -> list[Article]:
    """What came from this source once and wasn't seen there now."""
    return list(
        Article.objects.filter(source=run.source).exclude(status=Article.Status.ARCHIVED).exclude(imported__run=run)
    )


def _archive(run: ImportRun) -> bool:
    """Not when something couldn't be read that may be one of them, nor when the source held no article at all."""
    if run.counts.get("unsure") or not any(run.counts.get(key) for key in ("added", "changed", "unchanged")):
        return False
    for article in missing(run):
        articles.archive(article.pk, SYSTEM, GONE)
    return True
