-- Hybrid search, one statement. The meaning of the whole talk finds the page, the last turn finds the paragraph.
-- Two voices, each z-scored over the candidates: vectors, and BM25 over knowledge_posting.
with corpus as (
  select greatest(max(passages), 1) as passages, greatest(max(articles), 1) as articles, greatest(max(words), 1) as words
    from knowledge_corpus
), last_words as (
  select tsvector_to_array(to_tsvector('english', %(last)s::text)) as list
), words as (
  select t.lexeme as word, ln(1 + cardinality(t.positions)) as weight, t.lexeme = any (last_words.list) as last
    from last_words, unnest(to_tsvector('english', %(talk)s::text)) t
), hits as materialized (
  -- A word's list is read up to a cap: what stands in that many passages says little, and the vectors hear it.
  select w.word, w.weight, w.last, p.passage_id, p.version_id, p.times, p.size
    from words w cross join lateral (
      select passage_id, version_id, times, size from knowledge_posting
       where word = w.word and audience = any (%(audiences)s) and (%(topic)s::text is null or topic = %(topic)s)
       limit %(word_cap)s) p
), known as (
  select word, count(*) >= %(word_cap)s as common, max(weight) as weight, bool_or(last) as last,
         ln(1 + (greatest(c.passages - count(*), 0) + 0.5) / (count(*) + 0.5)) as rarity,
         ln(1 + (greatest(c.articles - count(distinct version_id), 0) + 0.5) / (count(distinct version_id) + 0.5)) as page_rarity
    from hits, corpus c group by word, c.passages, c.articles
), asked as (
  -- How much the last turn's words weigh in all; a word that no passage holds weighs most.
  select coalesce(sum(coalesce(k.rarity, ln(1 + (c.passages + 0.5) / 0.5))), 0) as weight
    from corpus c, words w left join known k using (word) where w.last and not coalesce(k.common, false)
), spoken as (
  select h.passage_id,
         sum(k.weight * k.rarity * f.frequency) as talk,
         coalesce(sum(k.rarity * f.frequency) filter (where k.last), 0) as last,
         coalesce(sum(k.rarity) filter (where k.last), 0) as covered
    from corpus c, hits h join known k on k.word = h.word and not k.common
    cross join lateral (select h.times * 2.2 / (h.times + 1.2 * (0.25 + 0.75 * h.size * c.passages / c.words)) as frequency) f
   group by h.passage_id
), pages as (
  select t.version_id, sum(k.weight * k.page_rarity * t.times * 4 / (t.times + 3 * (0.25 + 0.75 * v.words * c.articles / c.words))) as bm25
    from corpus c, (select word, version_id, sum(times) as times from hits group by word, version_id) t
    join known k on k.word = t.word and not k.common
    join knowledge_articleversion v on v.id = t.version_id
   group by t.version_id
), near as (
  {near}
), candidates as (
  select passage_id from near
  union
  (select passage_id from spoken order by talk desc, passage_id limit %(candidates)s)
), scored as (
  select p.id, p.version_id, p.n, p.heading, p.text, p.topic, a.slug, r.number, r.title,
         greatest(r.updated_on, r.reviewed_on) as fresh_on,
         1 - (v.embedding <=> %(talk_vector)s::halfvec) as talk_cosine,
         1 - (v.embedding <=> %(last_vector)s::halfvec) as last_cosine,
         coalesce(s.talk, 0) as talk_bm25, coalesce(s.last, 0) as last_bm25, coalesce(s.covered, 0) as covered,
         coalesce(g.bm25, 0) as page_bm25
    from candidates
    join knowledge_passagevector v using (passage_id)
    join knowledge_passage p on p.id = v.passage_id
    join knowledge_articleversion r on r.id = p.version_id
    join knowledge_article a on a.current_id = r.id and a.status = 'published'
    left join spoken s using (passage_id)
    left join pages g on g.version_id = p.version_id
   where v.audience = any (%(audiences)s) and a.audience = any (%(audiences)s)
), best as (
  select version_id, max(talk_cosine) as cosine, max(talk_bm25) as bm25, max(page_bm25) as page_bm25
    from scored group by version_id
), ranked_pages as (
  select version_id,
         (cosine - avg(cosine) over ()) / (stddev_pop(cosine) over () + 1e-9)
         + (bm25 - avg(bm25) over ()) / (stddev_pop(bm25) over () + 1e-9)
         + (page_bm25 - avg(page_bm25) over ()) / (stddev_pop(page_bm25) over () + 1e-9) as score
    from best
), ranked as (
  select s.*, g.score as page_score,
         g.score
         + (s.last_cosine - avg(s.last_cosine) over ()) / (stddev_pop(s.last_cosine) over () + 1e-9)
         + (s.last_bm25 - avg(s.last_bm25) over ()) / (stddev_pop(s.last_bm25) over () + 1e-9) as score
    from scored s join ranked_pages g using (version_id)
)
select r.id, r.slug, r.number, r.title, r.heading, r.text, r.topic, r.fresh_on, r.talk_cosine, r.last_cosine,
       case when asked.weight > 0 then r.covered / asked.weight else 0 end as coverage, r.page_score, r.score, c.passages
  from ranked r, asked, corpus c
 order by r.score desc, r.id
 limit %(k)s
