"""The proof that an effect needs, asked by the database itself: no shell and no later code gets round it."""

from __future__ import annotations

from typing import Final

from conversations.pauses import STOPPED

EXPIRED: Final = "the proposal has expired"
PAUSED: Final = "the agent is paused"
FUNCTION: Final = f"""
create or replace function handrail_prove_effect() returns trigger language plpgsql as $body$
declare wished tools_toolcall;
begin
  select * into wished from tools_toolcall t where t.id = new.call_id;
  if wished.id is null or wished.status not in ('proposed', 'cleared') or wished.key <> new.key then
    raise exception 'an effect needs its proposal' using errcode = 'check_violation';
  end if;
  if wished.args_hash <> new.args_hash then
    raise exception 'an effect carries the hash that was proposed' using errcode = 'check_violation';
  end if;
  if wished.expires_at <= handrail_now() then
    raise exception 'the proposal has expired' using errcode = 'check_violation';
  end if;
  -- Asked here, not by the statement that inserts: that one may have waited for a lock, with an older view of things.
  if wished.origin <> 'operator' and exists (
      select 1 from conversations_conversation c
       where c.id = wished.conversation_id
         and {STOPPED.format(channel="c.channel", intent="wished.confirmation->>'intent'")}) then
    raise exception '{PAUSED}' using errcode = 'check_violation';
  end if;
  if wished.origin <> 'operator' and not exists (
      select 1 from approvals_criticreview k
       where k.call_id = wished.id and k.args_hash = new.args_hash and k.verdict = 'approved'
         and k.confidence >= 600) then
    raise exception 'an effect needs the approval of the Critic' using errcode = 'check_violation';
  end if;
  if (wished.origin = 'operator' or wished.people > 0) and not exists (
      select 1 from approvals_approvalrequest r
       where r.call_id = wished.id and r.args_hash = new.args_hash and r.status = 'approved'
         and r.people >= wished.people
         and (select count(*) from approvals_vote v where v.request_id = r.id and v.yes) >= r.people) then
    raise exception 'an effect needs the people who were asked' using errcode = 'check_violation';
  end if;
  return new;
end $body$
"""  # noqa: S608 made of our own constants

TRIGGERS: Final = """
drop trigger if exists effect_proven on tools_effect;
create trigger effect_proven before insert on tools_effect for each row execute function handrail_prove_effect();
create or replace function handrail_keep_effect() returns trigger language plpgsql as $body$
begin
  if tg_op = 'DELETE' then
    raise exception 'an effect is never deleted' using errcode = 'check_violation';
  end if;
  if new.key <> old.key or new.call_id <> old.call_id or new.args_hash <> old.args_hash then
    raise exception 'what an effect is for never changes' using errcode = 'check_violation';
  end if;
  return new;
end $body$;
drop trigger if exists effect_kept on tools_effect;
create trigger effect_kept before update or delete on tools_effect
  for each row execute function handrail_keep_effect();
create or replace function handrail_keep_proposal() returns trigger language plpgsql as $body$
begin
  if (new.key, new.args_hash, new.args, new.plan, new.order_ref, new.line_ids, new.amount_cents, new.currency,
      new.customer_id, new.origin, new.capability, new.exposure_cents, new.conversation_id, new.asked_by_id,
      new.sources, new.confirmation, new.rules) is distinct from
     (old.key, old.args_hash, old.args, old.plan, old.order_ref, old.line_ids, old.amount_cents, old.currency,
      old.customer_id, old.origin, old.capability, old.exposure_cents, old.conversation_id, old.asked_by_id,
      old.sources, old.confirmation, old.rules) then
    raise exception 'what was proposed never changes' using errcode = 'check_violation';
  end if;
  if new.expires_at > old.expires_at then
    raise exception 'a proposal never lasts longer' using errcode = 'check_violation';
  end if;
  return new;
end $body$;
drop trigger if exists proposal_kept on tools_toolcall;
create trigger proposal_kept before update on tools_toolcall
  for each row execute function handrail_keep_proposal();
create or replace function handrail_keep_review() returns trigger language plpgsql as $body$
begin
  if new.verdict = 'approved' and (old.verdict <> 'approved' or new.confidence > old.confidence
      or (new.call_id, new.args_hash) is distinct from (old.call_id, old.args_hash)) then
    raise exception 'no opinion becomes a yes, or a surer one' using errcode = 'check_violation';
  end if;
  return new;
end $body$;
drop trigger if exists review_kept on approvals_criticreview;
create trigger review_kept before update on approvals_criticreview
  for each row execute function handrail_keep_review();
create or replace function handrail_keep_request() returns trigger language plpgsql as $body$
begin
  if tg_op = 'DELETE' then
    raise exception 'a request is never deleted' using errcode = 'check_violation';
  end if;
  if (new.call_id, new.args_hash, new.role, new.people) is distinct from
     (old.call_id, old.args_hash, old.role, old.people) or new.expires_at > old.expires_at then
    raise exception 'what people were asked never changes' using errcode = 'check_violation';
  end if;
  return new;
end $body$;
drop trigger if exists request_kept on approvals_approvalrequest;
create trigger request_kept before update or delete on approvals_approvalrequest
  for each row execute function handrail_keep_request();
create or replace function handrail_keep_vote() returns trigger language plpgsql as $body$
begin
  raise exception 'a vote is given once' using errcode = 'check_violation';
end $body$;
drop trigger if exists vote_kept on approvals_vote;
create trigger vote_kept before update or delete on approvals_vote
  for each row execute function handrail_keep_vote()
"""
