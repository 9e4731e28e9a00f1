-- Hybrid search, one statement. The meaning of the whole talk finds the page, the last turn finds the paragraph.
-- Two voices, each z-scored over the candidates: vectors, and BM25 over knowledge_posting and, by page, knowledge_pageword.
with corpus as (
  select greatest(max(passages), 1)::float8 as passages, greatest(max(articles), 1)::float8 as articles,
         greatest(max(words), 1)::float8 as words, coalesce(max(model), '') as model
    from knowledge_corpus
), last_words as (
  select tsvector_to_array(to_tsvector('english', %(last)s::text)) as list
), words as materialized (
  select t.n, t.lexeme collate "C" as word, ln(1 + cardinality(t.positions))::float8 as weight,
         t.lexeme = any (last_words.list) as last
    from last_words, unnest(to_tsvector('english', %(talk)s::text)) with ordinality t(lexeme, positions, weights, n)
), page_hits as materialized (
  -- A word's list is read up to a cap: what stands in that many passages says little, and the vectors hear it.
  select w.n, p.version_id, p.passages, p.times::float8 as times
    from words w cross join lateral (
      select version_id, passages, times from knowledge_pageword
       where word = w.word and {seen}{about}
       limit %(word_cap)s) p
), known as materialized (
  -- How rare a word is, among passages and among pages, as BM25 weighs it.
  select w.n, w.word, w.weight, w.last, ln(1 + (greatest(c.passages - h.passages, 0) + 0.5) / (h.passages + 0.5)) as rarity,
         ln(1 + (greatest(c.articles - h.pages, 0) + 0.5) / (h.pages + 0.5)) as page_rarity,
         1.2::float8 * 0.7::float8 as base, 1.2::float8 * 0.3::float8 * c.passages / c.words as slope
    from corpus c, words w
    join (select n, sum(passages)::float8 as passages, count(*)::float8 as pages from page_hits group by n) h using (n)
   where h.passages < %(word_cap)s
), asked as (
  -- How much the last turn's words weigh in all; a word that no passage holds weighs most.
  select coalesce(sum(coalesce(k.rarity, ln(1 + (c.passages + 0.5) / 0.5))), 0) as weight
    from corpus c, words w left join known k using (n)
   where w.last and (k.n is not null or not exists (select 1 from page_hits h where h.n = w.n))
), spoken as materialized (
  select passage_id, sum(weight * rarity * frequency) as talk,
         coalesce(sum(rarity * frequency) filter (where last), 0) as last, coalesce(sum(rarity) filter (where last), 0) as covered
    from (select h.passage_id, k.weight, k.rarity, k.last,
                 h.times * 2.2::float8 / (h.times + k.base + k.slope * h.size) as frequency
            from known k cross join lateral (
              select passage_id, times, size from knowledge_posting where word = k.word and {seen}{about}) h) f
   group by passage_id
), near as (
  {near}
), candidates as (
  select passage_id from near
  union
  (select passage_id from spoken order by talk desc, passage_id limit %(candidates)s)
), scored as (
  select p.id, p.version_id, p.n, p.heading, p.text, p.topic, a.slug, a.product, a.audience, r.number, r.title, r.words,
         greatest(r.updated_on, r.reviewed_on) as fresh_on,
         (1 - (v.embedding <=> %(talk_vector)s::halfvec)) * %(hears)s as talk_cosine,
         (1 - (v.embedding <=> %(last_vector)s::halfvec)) * %(hears)s as last_cosine,
         coalesce(s.talk, 0) as talk_bm25, coalesce(s.last, 0) as last_bm25, coalesce(s.covered, 0) as covered
    from candidates
    cross join lateral (  -- one by one: the planner would read the whole tables for these few
      select * from knowledge_passagevector where passage_id = candidates.passage_id and {seen} offset 0) v
    cross join lateral (select * from knowledge_passage where id = candidates.passage_id offset 0) p
    cross join lateral (select * from knowledge_articleversion where id = p.version_id offset 0) r
    cross join lateral (
      select * from knowledge_article where current_id = r.id and status = 'published' and {seen} offset 0) a
    left join spoken s on s.passage_id = candidates.passage_id
), best as (
  select version_id, max(words) as words, max(talk_cosine) as cosine, max(talk_bm25) as bm25 from scored group by version_id
), pages as (
  select b.version_id, b.cosine, b.bm25,
         coalesce(sum(k.weight * k.page_rarity * h.times * 5
                      / (h.times + 4 * (0.2::float8 + 0.8::float8 * b.words * c.articles / c.words))), 0) as page_bm25
    from corpus c cross join best b left join (page_hits h join known k using (n)) on h.version_id = b.version_id
   group by b.version_id, b.cosine, b.bm25
), ranked_pages as (
  select version_id,
         (cosine - avg(cosine) over ()) / (stddev_pop(cosine) over () + 1e-9)
         + (bm25 - avg(bm25) over ()) / (stddev_pop(bm25) over () + 1e-9)
         + 1.2 * (page_bm25 - avg(page_bm25) over ()) / (stddev_pop(page_bm25) over () + 1e-9) as score
    from pages
), ranked as (
  select s.*, 2 * g.score  -- the page counts most
         + (s.last_cosine - avg(s.last_cosine) over ()) / (stddev_pop(s.last_cosine) over () + 1e-9)
         + (s.last_bm25 - avg(s.last_bm25) over ()) / (stddev_pop(s.last_bm25) over () + 1e-9)
         + (s.talk_cosine - avg(s.talk_cosine) over ()) / (stddev_pop(s.talk_cosine) over () + 1e-9) / 2
         + (s.talk_bm25 - avg(s.talk_bm25) over ()) / (stddev_pop(s.talk_bm25) over () + 1e-9) / 2 as score
    from scored s join ranked_pages g using (version_id)
), top as (
  -- At most three passages of a page before others have had their turn: one page's whole text is no second opinion.
  select r.*, row_number() over (order by crowded, score desc, id) as place
    from (select *, row_number() over (partition by version_id order by score desc, id) > 3 as crowded from ranked) r
   order by place limit %(k)s
)
select t.id, t.slug, t.number, t.title, t.heading, t.text, t.topic, t.product, t.audience, t.fresh_on, t.talk_cosine, t.last_cosine,
       case when asked.weight > 0 then t.covered / asked.weight else 0 end as coverage, said.sentences,
       -- The open known issues come along: a round trip of their own would cost more than these few rows.
       (select coalesce(jsonb_agg(to_jsonb(i)), '[]') from knowledge_incident i where i.status <> 'resolved') as feed,
       c.model, c.passages::int
  from corpus c, asked, top t
 cross join lateral (
   select coalesce(jsonb_agg(jsonb_build_array(s.start, s.stop, round(
            500 * (2 - (s.embedding <=> %(talk_vector)s::halfvec) - (s.embedding <=> %(last_vector)s::halfvec)) * %(hears)s)::int)
            order by s.start), '[]') as sentences
     from knowledge_sentencevector s where s.passage_id = t.id) said
 order by t.place
