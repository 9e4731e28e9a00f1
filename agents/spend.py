"""What a conversation may take in all, reserved before it is used, so that no processes pass a cap together.

A claim reserves a whole turn's steps, tool calls and time; the turn's end gives back what it didn't use, and a turn
that died gives nothing back. Tokens and cost are reserved by whoever calls a model: `reserve`, and `give_back` after.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from conversations.sql import hot

from .caps import CapReachedError

# Parts of the claim's statement (u is the claimed conversation) and of the turn's last one: no round trip of their own.
# A turn's time is reserved whole or not at all, since only its end would stop it.
HELD: Final = """held as (
  insert into agents_spend as s (conversation_id, attempt, began, steps, calls, seconds, held_steps, held_calls,
    held_seconds, tokens, cost_micros, turn_tokens, turn_cost_micros)
  select u.id, u.attempt, clock_timestamp(), g.steps, g.calls, g.seconds, g.steps, g.calls, g.seconds, 0, 0, 0, 0
    from u, (select least(%(turn_steps)s, %(most_steps)s) as steps, least(%(turn_calls)s, %(most_calls)s) as calls,
               case when %(turn_seconds)s <= %(most_seconds)s then %(turn_seconds)s else 0 end as seconds) g
  on conflict (conversation_id) do update set
    attempt = excluded.attempt, began = excluded.began, turn_tokens = 0, turn_cost_micros = 0,
    held_steps = greatest(least(%(turn_steps)s, %(most_steps)s - s.steps), 0),
    steps = s.steps + greatest(least(%(turn_steps)s, %(most_steps)s - s.steps), 0),
    held_calls = greatest(least(%(turn_calls)s, %(most_calls)s - s.calls), 0),
    calls = s.calls + greatest(least(%(turn_calls)s, %(most_calls)s - s.calls), 0),
    held_seconds = case when s.seconds + %(turn_seconds)s <= %(most_seconds)s then %(turn_seconds)s else 0 end,
    seconds = case when s.seconds + %(turn_seconds)s <= %(most_seconds)s then s.seconds + %(turn_seconds)s
              else s.seconds end
  returning held_steps, held_calls, held_seconds)"""
ALLOWED: Final = """(select jsonb_build_object('steps', held_steps, 'calls', held_calls, 'seconds', held_seconds)
     from held)"""

# Where a newer attempt has reserved anew, this one's reservation stays spent: nobody knows what it still does.
SPENT: Final = """spent as (
  update agents_spend s set
    steps = s.steps - s.held_steps + coalesce(%(used_steps)s, s.held_steps), held_steps = 0,
    calls = s.calls - s.held_calls + coalesce(%(used_calls)s, s.held_calls), held_calls = 0,
    seconds = s.seconds - s.held_seconds + ceil(extract(epoch from clock_timestamp() - s.began)), held_seconds = 0,
    began = clock_timestamp()
   from mine where s.conversation_id = mine.id and s.attempt = %(attempt)s)"""

RESERVE: Final = """
update agents_spend set tokens = tokens + %(tokens)s, turn_tokens = turn_tokens + %(tokens)s,
  cost_micros = cost_micros + %(cost_micros)s, turn_cost_micros = turn_cost_micros + %(cost_micros)s
 where conversation_id = %(id)s
   and turn_tokens + %(tokens)s <= %(max_tokens)s and turn_cost_micros + %(cost_micros)s <= %(max_cost_micros)s
   and tokens + %(tokens)s <= %(max_conversation_tokens)s
   and cost_micros + %(cost_micros)s <= %(max_conversation_cost_micros)s
returning 1
"""

FIRST: Final = """
insert into agents_spend(conversation_id, attempt, began, steps, calls, seconds, held_steps, held_calls, held_seconds,
  tokens, cost_micros, turn_tokens, turn_cost_micros)
values (%(id)s, 0, clock_timestamp(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) on conflict do nothing
"""

REACHED: Final = """
select case when turn_tokens + %(tokens)s > %(max_tokens)s then 'token-cap'
            when turn_cost_micros + %(cost_micros)s > %(max_cost_micros)s then 'cost-cap'
            when tokens + %(tokens)s > %(max_conversation_tokens)s then 'conversation-token-cap'
            else 'conversation-cost-cap' end
  from agents_spend where conversation_id = %(id)s
"""

GIVE_BACK: Final = """
update agents_spend set tokens = greatest(tokens - %(tokens)s, 0),
  turn_tokens = greatest(turn_tokens - %(tokens)s, 0), cost_micros = greatest(cost_micros - %(cost_micros)s, 0),
  turn_cost_micros = greatest(turn_cost_micros - %(cost_micros)s, 0)
 where conversation_id = %(id)s
"""
KEYS: Final = ("max_tokens", "max_cost_micros", "max_conversation_tokens", "max_conversation_cost_micros")


def limits() -> dict[str, int]:
    """The parameters of HELD."""
    most = settings.HANDRAIL
    return {
        "turn_steps": most["max_steps"],
        "most_steps": most["max_conversation_steps"],
        "turn_calls": most["max_tool_calls"],
        "most_calls": most["max_conversation_tool_calls"],
        "turn_seconds": most["hopeless_turn_seconds"],
        "most_seconds": most["max_conversation_seconds"],
    }


def whole_turn() -> dict[str, int]:
    """What a turn may take while the conversation has enough left."""
    most = limits()
    return {"steps": most["turn_steps"], "calls": most["turn_calls"], "seconds": most["turn_seconds"]}


def reserve(conversation: int, tokens: int, cost_micros: int) -> None:
    """Before a model is called: the most that the call may take, in tokens and millionths of a dollar.

    CapReachedError names the cap that stands in the way; then nothing is reserved.
    """
    params = amounts(conversation, tokens, cost_micros)
    if hot(RESERVE, params):
        return
    hot(FIRST, params)  # nobody has worked on this conversation yet
    if not hot(RESERVE, params):
        raise CapReachedError(hot(REACHED, params)[0][0])


def give_back(conversation: int, tokens: int, cost_micros: int) -> None:
    """After the call: what of the reservation it didn't take."""
    hot(GIVE_BACK, amounts(conversation, tokens, cost_micros))


def settle(conversation: int, tokens: int, cost_micros: int) -> None:
    """After the call: by how much it took more than was reserved; less than nothing where it took less."""
    hot(GIVE_BACK, {"id": conversation, "tokens": -tokens, "cost_micros": -cost_micros})


def amounts(conversation: int, tokens: int, cost_micros: int) -> dict[str, Any]:
    if tokens < 0 or cost_micros < 0:
        raise ValueError("Reserve and give back what a call takes, never less than nothing.")
    given = {"id": conversation, "tokens": tokens, "cost_micros": cost_micros}
    return {**given, **{key: settings.HANDRAIL[key] for key in KEYS}}
