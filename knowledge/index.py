"""The index: vectors and postings of what is published, and of nothing else. Unchanged text embeds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from pgvector import HalfVector

from . import chunking, embeddings, vectors
from .models import Article, ArticleVersion, PageWord, Passage, PassageVector, Posting, SentenceVector

Vector = HalfVector
Said = tuple[tuple[int, int], str]  # where a sentence stands in its passage, and what search reads of it
Part = tuple[chunking.Chunk, str, list[Said]]

# A function of its own, because only there the index can be asked for more than its forty of a session's default, and
# to go on where what it found has been deleted since (a page that is published often leaves many behind).
NEAR: Final = """
create or replace function knowledge_near_{audience}(wanted halfvec, n integer) returns setof bigint
language sql stable set hnsw.ef_search = 200 set hnsw.iterative_scan = strict_order as $body$
  select passage_id from knowledge_passagevector where audience = '{audience}' order by embedding <=> wanted limit n
$body$
"""
POST: Final = """
insert into knowledge_posting(word, passage_id, version_id, audience, topic, times, size)
select t.lexeme, p.id, p.version_id, p.audience, p.topic, cardinality(t.positions),
       sum(cardinality(t.positions)) over (partition by p.id)
  from unnest(%s::bigint[], %s::text[]) i(id, text)
  join knowledge_passage p on p.id = i.id
  cross join lateral unnest(to_tsvector('english', i.text)) t
"""
PAGE_WORDS: Final = """
insert into knowledge_pageword(word, version_id, audience, topic, passages, times)
select word, version_id, audience, topic, count(*), sum(times)
  from knowledge_posting where passage_id = any (%s) group by word, version_id, audience, topic
"""
# As whoever publishes holds it: a model that takes the index over (reindex.py) waits, and is waited for.
HOLD: Final = "lock table knowledge_passagevector in row exclusive mode"
MEASURE: Final = """
update knowledge_articleversion set words = (
  select coalesce(sum(times), 0) from knowledge_posting where passage_id = any (%s))
 where id = %s
"""
RECOUNT: Final = """
insert into knowledge_corpus(id, passages, articles, words, model)
select 1, (select count(*) from knowledge_passagevector), count(*), coalesce(sum(v.words), 0), %s
  from knowledge_article a join knowledge_articleversion v on v.id = a.current_id where a.status = 'published'
on conflict (id) do update set passages = excluded.passages, articles = excluded.articles, words = excluded.words,
  model = coalesce(nullif(knowledge_corpus.model, ''), excluded.model)
returning passages
"""

# Whatever search reads has changed: what was found before is nobody's answer any more (agents/searches.py).
CHANGED: Final = """
create or replace function knowledge_changed() returns trigger language plpgsql as $body$
begin
  update knowledge_corpus set state = gen_random_uuid();
  return null;
end $body$
"""
CHANGES: Final = {
    "knowledge_article": "update",
    "knowledge_articleversion": "update",
    "knowledge_passagevector": "insert or update or delete or truncate",
    "knowledge_incident": "insert or update or delete or truncate",
}
WATCH: Final = """
create or replace trigger {table}_changed after {acts} on {table}
  for each statement execute function knowledge_changed()
"""


@dataclass(frozen=True)
class Entry:
    """A passage to be: what search sees of it, its vector, and (start, stop, vector) of each of its sentences.

    No sentences: their vectors are still to be made, see finish().
    """

    heading: str
    text: str
    searched: str
    vector: Vector
    sentences: list[tuple[int, int, Vector]]


@dataclass(frozen=True)
class Prepared:
    """A version's entries, by the model that made them."""

    model: str
    entries: list[Entry]


class AnotherModelError(Exception):
    """The index was made anew while a version was prepared for the old one."""


def prepare(version: ArticleVersion, *, sentences: bool = True) -> Prepared:
    """Chunk the version and embed what neither the article's indexed passages hold nor the task has made.

    Without `sentences` those of a passage are taken when all of them are ready, and left for finish() when not.
    """
    model = vectors.model()
    parts = _parts(version)
    held = _held(version.article_id)
    wanted = _wanted(parts) if sentences else [whole for _, whole, _ in parts]
    made = held | vectors.of(model, [text for text in wanted if text not in held])
    if not sentences:
        made |= vectors.ready(model, [text for text in _wanted(parts) if text not in made])
    return Prepared(model, [_entry(chunk, whole, said, made) for chunk, whole, said in parts])


def _entry(chunk: chunking.Chunk, whole: str, said: list[Said], made: dict[str, Vector]) -> Entry:
    ready = all(text in made for _, text in said)
    return Entry(
        chunk.heading, chunk.text, whole, made[whole], [(*span, made[text]) for span, text in said] if ready else []
    )


def make_ready(version: ArticleVersion) -> int:
    """Embed now what publishing would; what is indexed already needs nothing."""
    held = _held(version.article_id)
    return vectors.make_ready(vectors.model(), [text for text in _wanted(_parts(version)) if text not in held])


def replace(article: Article, version: ArticleVersion, prepared: Prepared) -> None:
    """Index `version` instead of whatever of the article was indexed; inside the caller's transaction."""
    remove(article.pk)  # and by its trigger the corpus is ours: nobody makes the index anew until we have committed
    if vectors.model() != prepared.model:
        raise AnotherModelError
    entries = prepared.entries
    passages = _passages(article, version, entries)
    PassageVector.objects.bulk_create(
        PassageVector(passage=passage, audience=article.audience, topic=article.topic, embedding=entry.vector)
        for passage, entry in zip(passages, entries, strict=True)
    )
    SentenceVector.objects.bulk_create(
        SentenceVector(passage=passage, start=start, stop=stop, embedding=vector)
        for passage, entry in zip(passages, entries, strict=True)
        for start, stop, vector in entry.sentences
    )
    keys = [passage.pk for passage in passages]
    with connection.cursor() as cursor:
        cursor.execute(POST, [keys, [entry.searched for entry in entries]])
        cursor.execute(PAGE_WORDS, [keys])
        cursor.execute(MEASURE, [keys, version.pk])
    texts = [chunking.standalone(version.title, e.heading, e.text[a:b]) for e in entries for a, b, _ in e.sentences]
    vectors.used(prepared.model, [*(entry.searched for entry in entries), *texts])


def finish(version: ArticleVersion) -> int:
    """Give the passages of what is published the vectors of their sentences where those are missing; return how many.

    Search does without them (likeness.py), only slower. What changed the index meanwhile goes first.
    """
    model = vectors.model()
    texts = {
        passage.pk: [(span, spoken(version.title, passage, span)) for span in chunking.sentences(passage.text)]
        for passage in _unfinished(version)
    }
    try:
        made = vectors.of(model, [text for said in texts.values() for _, text in said])
    except vectors.UnknownModelError:
        return 0  # until the index is made anew; the audit comes by again
    with transaction.atomic():
        article = Article.objects.select_for_update().get(pk=version.article_id)
        with connection.cursor() as cursor:
            cursor.execute(HOLD)
        if article.current_id != version.pk or vectors.model() != model:
            return 0
        rows = SentenceVector.objects.bulk_create(
            SentenceVector(passage=passage, start=start, stop=stop, embedding=made[text])
            for passage in _unfinished(version)
            for (start, stop), text in texts.get(passage.pk, [])
        )
        vectors.used(model, list(made))
    return len(rows)


def unfinished() -> list[ArticleVersion]:
    """Published versions whose sentences have no vectors yet."""
    waiting = Passage.objects.filter(vector__isnull=False, sentences__isnull=True)
    return list(ArticleVersion.objects.filter(pk__in=waiting.values("version")).order_by("pk"))


def _unfinished(version: ArticleVersion) -> list[Passage]:
    return list(version.passages.filter(vector__isnull=False, sentences__isnull=True).order_by("n"))


def spoken(title: str, passage: Passage, span: tuple[int, int]) -> str:
    """What search reads of a passage's sentence."""
    return chunking.standalone(title, passage.heading, passage.text[slice(*span)])


def reclassify(article: Article) -> None:
    """Another topic or audience holds in search at once; the words and their vectors stay."""
    facts = {"topic": article.topic, "audience": article.audience}
    with transaction.atomic():
        Passage.objects.filter(version__article=article).update(**facts)
        passages = list(Passage.objects.filter(version__article=article).values_list("pk", flat=True))
        for table in (PassageVector, Posting):
            table.objects.filter(passage__in=passages).update(**facts)
        PageWord.objects.filter(version__in=_versions(article.pk)).update(**facts)


def remove(article_id: int) -> None:
    """Search finds nothing of the article any more; passages stay for old citations."""
    # Ids, not a join: a delete with a join becomes a self-join that takes minutes on a table without statistics.
    passages = list(Passage.objects.filter(version__article=article_id).values_list("pk", flat=True))
    for table in (PassageVector, SentenceVector, Posting):
        table.objects.filter(passage__in=passages).delete()
    PageWord.objects.filter(version__in=_versions(article_id)).delete()


def _versions(article_id: int) -> list[int]:
    return list(ArticleVersion.objects.filter(article=article_id).values_list("pk", flat=True))


def recount() -> int:
    """Count what is published, for search's weights; return the number of passages."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, [embeddings.model()])
        passages: int = cursor.fetchone()[0]
    return passages


def _chunks(version: ArticleVersion) -> list[chunking.Chunk]:
    """Those that it was first published with, else new ones: a citation's passage never moves."""
    made = [chunking.Chunk(passage.heading, passage.text) for passage in version.passages.order_by("n")]
    return made or chunking.chunk(version.title, version.body)


def _parts(version: ArticleVersion) -> list[Part]:
    """Each chunk with what search reads of it, and its sentences: where each stands, and what search reads of it."""

    def searched(chunk: chunking.Chunk, start: int = 0, stop: int | None = None) -> str:
        return chunking.standalone(version.title, chunk.heading, chunk.text[start:stop])

    return [
        (chunk, searched(chunk), [(span, searched(chunk, *span)) for span in chunking.sentences(chunk.text)])
        for chunk in _chunks(version)
    ]


def _wanted(parts: list[Part]) -> list[str]:
    """Passages first: longer texts are embedded together."""
    return [*(whole for _, whole, _ in parts), *(text for _, _, said in parts for _, text in said)]


def _held(article_id: int) -> dict[str, Vector]:
    held: dict[str, Vector] = {}
    mine = PassageVector.objects.filter(passage__version__article=article_id)
    for row in mine.select_related("passage__version").prefetch_related("passage__sentences"):
        passage = row.passage
        title = passage.version.title
        held[chunking.standalone(title, passage.heading, passage.text)] = row.embedding
        for sentence in passage.sentences.all():
            words = passage.text[sentence.start : sentence.stop]
            held[chunking.standalone(title, passage.heading, words)] = sentence.embedding
    return held


def _passages(article: Article, version: ArticleVersion, entries: list[Entry]) -> list[Passage]:
    """The version's passages, made once; one that is published again only takes the article's audience and topic."""
    made = Passage.objects.filter(version=version)
    if made.exists():
        made.update(audience=article.audience, topic=article.topic)
        return list(made.order_by("n"))
    return Passage.objects.bulk_create(
        Passage(
            version=version, n=n, heading=entry.heading, text=entry.text, topic=article.topic, audience=article.audience
        )
        for n, entry in enumerate(entries)
    )
