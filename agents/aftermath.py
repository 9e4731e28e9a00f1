"""Asked about what was done: "did that work?", "is it done?", "when do I get it?" behind a write of this conversation,
or one on the order in hand that the same customer had done in another.

It is answered from the write's rows alone, and is no new wish: nothing is read back, proposed or promised.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypedDict

from django.db.models import Q

from agents.grammar import SlotValue
from agents.intents.answer import IntentAnswer, Tier
from agents.intents.taxonomy import ORDER_STATUS
from tools import pack
from tools.models import Effect, ToolCall
from tools.writes import ACCOUNT

from . import telling
from .desk import Desk

if TYPE_CHECKING:
    from .turn import Thinking

DONE, NOT, WAITS, UNKNOWN = "done", "not", "waits", "unknown"
WORKED, WHERE, WHEN, BACK = "worked", "where", "when", "back"
FEW: Final = 14  # words: a question about it and little else
MOST: Final = 10  # of the conversation's latest writes
_IT: Final = (
    r"(?:it|that|this|they|everything|(?:the|my)\s+(?:refund|money|cancellation|change|return|exchange|replacement|request"
    r"|invoice|receipt|e-?mail))"
)
_DONE: Final = (
    r"(?:done|through|finished|complete[d]?|sent|cancel(?:l)?ed|changed|refunded|booked|confirmed|settled|sorted|set|official|final"
    r"|ok(?:ay)?|all\s+(?:done|set|good|sorted)|taken\s+care\s+of|on\s+its\s+way|gone\s+(?:through|out)|happened|worked)"
)
# First match wins.
_ASKS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            WHEN,
            rf"\bwhen\s+(?:will|does|do|can|could|should|would|is|are)\s+(?:i|we|{_IT})\b|\bwhen\s+then\b|^\W*(?:so\s+|and\s+)?when\W*$"
            rf"|\bhow\s+(?:long|soon)\s+(?:will|does|do|until|before|till|for|is|to)\s+(?:i|we|{_IT}|get|take)\b"
            r"(?!\s+have\b(?!\s+to\s+wait))",
        ),
        (
            WHERE,
            r"\b(?:to\s+)?(?:which|what)\s+(?:e-?mail|address|card|account)\b[^?]{0,20}\b(?:did|have|was|is|will|does)\b"
            r"|\bwhere\s+(?:did|have)\s+(?:you|it)\s+(?:send|sent|go|gone)\b|\b(?:what|which)\s+(?:is|was)\s+(?:the|my)\s+reference\b",
        ),
        (
            WORKED,
            rf"\b(?:did|does|has|have|is|was|were|are)\s+{_IT}\s+(?:now\s+|really\s+|actually\s+|all\s+|already\s+)*"
            rf"(?:work|go\s+(?:through|out|well|ok)|succeed|happen|been\s+{_DONE}|{_DONE})\b"
            r"|\b(?:did|have)\s+(?:you|u)\s+(?:really\s+|actually\s+|already\s+|now\s+)*(?:do|done|send|sent|cancel(?:led)?|change[d]?|refund(?:ed)?"
            rf"|book(?:ed)?|make|made|finish(?:ed)?)\s+(?:{_IT}|so)\b"
            r"|^\W*(?:so|and|ok(?:ay)?|well|wait|great|thanks?|thank\s+you)?\W*(?:are|r)\s+(?:you|u)\s+(?:really\s+|quite\s+|absolutely\s+)?sure\b"
            r"|^\W*(?:(?:so|and|ok(?:ay)?|is|great|thanks?|thank\s+you)[\s,.!]+)*(?:all\s+)?(?:done|set|sorted|sent|through|really|it\s+worked)(?:\s+then)?\s*\?\W*$"
            rf"|\b(?:can|could)\s+(?:you|u)\s+confirm(?:\s+(?:that|{_IT}))?\W*$|\bconfirm\s+(?:that\s+)?{_IT}\s+(?:is|was|has)\b",
        ),
    )
)
# Asked of a write, "when" means what comes of it; a changed order is on its way as any other.
_BRINGS: Final = frozenset({"process_refund", "process_return", "send_notice", "apply_credit", "open_ticket"})
_CANCEL: Final = "cancel"
KINDS: Final = {"process_refund": "money", "apply_credit": "money", "process_return": "goods"}  # else a change
OFFERED: Final = "offered_a_person"  # in the focus, for the one message behind it
_NAMES: Final = re.compile(r"\b(?:the|my|our|your|a|an)\b", re.IGNORECASE)
_OTHER: Final = re.compile(r"\bother\b|\banother\b|\belse\b", re.IGNORECASE)


class Row(TypedDict):
    """A write as its rows show it."""

    key: str
    capability: str
    variant: str
    order: str
    state: str


class Deed(Row):
    """With what is asked of it."""

    asked: str


def asked(t: Thinking, text: str, filled: dict[str, SlotValue], answer: IntentAnswer) -> Deed | None:
    """The write that such a question is about: the latest one, or that on the order named."""
    kind = next((kind for kind, pattern in _ASKS if pattern.search(text)), None)
    if kind is None or len(text.split()) > FEW or _OTHER.search(text) or t.work.is_answer:
        return None
    order = filled.get("order_id")
    about = t.memory.focus.get("order") if order is None else str(order.value)
    found: list[Row] = t.ports.call("deeds", [about], lambda: rows(t, about), outside=False)
    deed = next((one for one in found if order is None or one["order"] == about), None)
    if deed is None or (kind == WHEN and not means_it(t, deed, answer)):
        return None
    return {**deed, "asked": kind}


def says_nothing_else(text: str) -> bool:
    """ "Did it work?" with nothing done: whatever those words alone resemble isn't meant."""
    return _ASKS[-1][1].search(text) is not None and len(text.split()) <= FEW and not _NAMES.search(text)


def means_it(t: Thinking, deed: Row, answer: IntentAnswer) -> bool:
    """ "When?" is asked of what was spoken about last, and a page or a record that plainly has it tells more."""
    brings = deed["capability"] in _BRINGS or deed["variant"] == _CANCEL
    last = t.memory.focus.get("order")
    is_last = deed["order"].startswith(ACCOUNT) or last in (None, deed["order"])
    settled = answer.tier is Tier.RULES and answer.best not in (None, ORDER_STATUS) and not answer.leans
    return brings and is_last and not (settled and deed["state"] in (DONE, NOT))


def variant_of(call: ToolCall) -> str:
    """Empty also for what the company has given up since."""
    one = pack.capability(call.capability)
    return str(call.args.get(one.variant, "")) if one is not None else ""


def rows(t: Thinking, order: str | None) -> list[Row]:
    """This conversation's, the latest first; behind them what the same customer has had done to the order elsewhere."""
    here = Q(conversation_id=t.work.conversation)
    there = Q(customer_id=t.work.customer["pk"], order_ref=order or "")
    found = ToolCall.objects.filter(here | there).select_related("effect").order_by("-pk")[:MOST]
    calls = sorted(found, key=lambda call: call.conversation_id != t.work.conversation)
    return [
        {
            "key": str(call.key),
            "capability": call.capability,
            "variant": variant_of(call),
            "order": call.order_ref,
            "state": state_of(call),
        }
        for call in calls
    ]


def state_of(call: ToolCall) -> str:
    """Done is only what the company's system has confirmed."""
    effect = getattr(call, "effect", None)
    if effect is not None:
        ends = {Effect.Status.CONFIRMED: DONE, Effect.Status.REFUSED: NOT}
        return ends.get(effect.status, UNKNOWN)
    return {ToolCall.Status.PROPOSED: WAITS, ToolCall.Status.CLEARED: UNKNOWN}.get(call.status, NOT)


def tell(t: Thinking, desk: Desk, deed: Deed) -> None:
    """What stands in its rows, in the line that any of our writes has."""
    desk.got_on = True
    if deed["key"] in desk.told:
        return
    if deed["state"] in (WAITS, UNKNOWN):
        key = "wait.still" if deed["state"] == WAITS else "wait.still.system"
        is_account = deed["order"].startswith(ACCOUNT)
        slots: dict[str, Any] = {} if is_account else {"order": deed["order"]}
        desk.say(f"{key}.account" if is_account else key, **slots).facts.append(deed["order"])
        return
    told = t.ports.call("telling", [deed["key"]], lambda: words_for(t, deed["key"]), outside=True)
    desk.told.append(deed["key"])
    not_done = "after.not.line" if t.work.in_line else "after.not"
    key = not_done if deed["state"] == NOT else f"after.{deed['asked']}"
    if deed["asked"] == BACK:
        key = back_key(deed)
        t.memory.focus[OFFERED] = True
    desk.say(key, told=desk.derived(told))


def back_key(deed: Deed) -> str:
    """The line for what is wanted back: what can be done instead depends on what was done."""
    is_order = not deed["order"].startswith(ACCOUNT)
    kind = "cancelled" if is_order and deed["variant"] == _CANCEL else KINDS.get(deed["capability"], "change")
    return f"after.back.{kind}"


def words_for(t: Thinking, key: str) -> str:
    call = ToolCall.objects.select_related("conversation", "customer").get(key=key)
    return telling.line(call, t.kit.pack.voice)
