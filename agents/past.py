"""What happened in this conversation before this turn, and how often the customer was here: one query, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from conversations.sql import hot

from .claim import decoded

if TYPE_CHECKING:
    from .turn import Thinking

TOOL: Final = "tool:"
MOST: Final = 30

BEFORE: Final = """
select
  (select coalesce(jsonb_agg(l.data order by l.attempt, l.n), '[]') from (
     select t.attempt, s.n, jsonb_build_object('tool', s.name, 'order', s.data #> '{input,order_id}',
         'ok', s.data #> '{answer,ok}', 'error', s.data #> '{answer,error}',
         'detail', s.data #> '{answer,detail}') as data
       from agents_turn t join agents_step s on s.turn_id = t.id
      where t.conversation_id = %(id)s and s.kind = 'port' and s.name like 'tool:%%'
      order by t.attempt desc, s.n desc limit %(most)s) l),
  (select coalesce(jsonb_agg(jsonb_build_object('told', l.told, 'order', l.of) order by l.at), '[]') from (
     select r.slots #>> '{told,value}' as told, r.slots #>> '{order_id,value}' as of, r.at from agents_run r
      where r.conversation_id = %(id)s and r.slots ? 'told' order by r.at desc limit %(most)s) l),
  (select count(*) from conversations_conversation c where c.customer_id = %(customer)s and c.id <> %(id)s),
  (select count(distinct h.conversation_id) from conversations_handoff h
     join conversations_conversation c on c.id = h.conversation_id
    where c.customer_id = %(customer)s and c.id <> %(id)s)
"""


class Look(TypedDict):
    """One question to a system: `order` when it was about one, `error` and `detail` when it failed."""

    tool: str
    order: str | None
    ok: bool
    error: str | None
    detail: str


class Told(TypedDict):
    """What a run said to the customer (the voice's key), and about which order."""

    told: str
    order: str | None


class Past(TypedDict):
    looks: list[Look]
    told: list[Told]
    conversations: int
    handed: int


def of(t: Thinking) -> Past:
    """The looks and words of earlier turns, oldest first, with those of this one behind them."""
    found: Past = t.ports.call("past", [], lambda: read(t), outside=False)
    now = [look for step in t.ports.steps if step.kind == "port" and (look := look_of(step.name, step.data))]
    said = [told for row in t.draft.runs if (told := told_by(row["slots"]))]
    return {**found, "looks": [*found["looks"], *now], "told": [*found["told"], *said]}


def read(t: Thinking) -> dict[str, Any]:
    params = {"id": t.work.conversation, "customer": t.work.customer["pk"], "most": MOST}
    looks, told, conversations, handed = (decoded(value) for value in hot(BEFORE, params)[0])
    for look in looks:
        look["tool"] = look["tool"].removeprefix(TOOL)
    return {"looks": looks, "told": told, "conversations": conversations, "handed": handed}


def look_of(door: str, data: dict[str, Any]) -> Look | None:
    """A step of this turn, when it was a question to a system."""
    answer = data.get("answer")
    if not door.startswith(TOOL) or answer is None:
        return None
    order = data.get("input", {}).get("order_id")
    return {
        "tool": door.removeprefix(TOOL),
        "order": order,
        "ok": answer["ok"],
        "error": answer["error"],
        "detail": answer["detail"],
    }


def told_by(slots: dict[str, Any]) -> Told | None:
    if "told" not in slots:
        return None
    return {"told": slots["told"]["value"], "order": slots.get("order_id", {}).get("value")}
