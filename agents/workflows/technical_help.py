"""Trouble with the site or a device: the pages answer first; where they don't, what was said goes to people as a
ticket, after it was read back. Whoever isn't signed in gets a person instead."""

from __future__ import annotations

import re
from typing import Any, Final

from agents import repair, writes
from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.workflow import Duty, Kind, Node, Workflow, edges
from tools.capabilities.open_ticket import OpenTicket, TicketKind

from . import answer_question, write_tail
from .account_steps import LOOK, PRESS, PRESSED, again, refusal, waits_already
from .records import account_of, judge, note_words, reading_of
from .write_tail import YES_NO, critic, execute, leave_it, waits_for_people

NAME: Final = "technical_help"
TICKET: Final = ("open_ticket",)
WHAT: Final = "what_happens"
MOST: Final = 2000  # characters of a ticket
READ_BACK: Final = 30  # words of it
_MORE: Final = re.compile(r"\b(?:also|and|it|on|with|in|after|when)\b", re.IGNORECASE)


def listen(desk: Desk) -> None:
    """Behind an answer that was none, the problem stands in what they wrote before."""
    if not_helped(desk) and desk.earlier:
        desk.put("words", desk.earlier[-1:], "agent")
    else:
        note_words(desk)


def not_helped(desk: Desk) -> bool:
    """ "That didn't help" behind an answer to this matter."""
    return desk.focus.get("intent") == NAME and repair.didnt_help(desk.text)


def what(desk: Desk) -> None:
    """Asked once; whatever they answer goes along in their own words."""
    if desk.get("asked_what") and not desk.returning:
        note_words(desk)
        desk.hear("answer")
        desk.put("declined", desk.get("answer") == "no", "agent")
        desk.drop("answer")
        return
    desk.put("asked_what", True, "agent")
    desk.ask("technical.what")


def account(desk: Desk) -> None:
    """The record, and what the ticket says: what they wrote of it, in the order in which they wrote it."""
    again(desk)
    desk.put(WHAT, "\n".join(desk.get("words") or [desk.text])[:MOST], "customer")


def args_of(desk: Desk) -> OpenTicket:
    return OpenTicket(kind=TicketKind.QUESTION, summary=str(desk.get(WHAT)))


def check(desk: Desk) -> None:
    judge(desk, args_of(desk))


def against(desk: Desk) -> None:
    refusal(desk, "technical.against")


def offer(desk: Desk) -> None:
    """Read their words back as they would stand there; what they add is read back anew."""
    if account_of(desk) is not None:
        desk.drop("answer")
        desk.drop("added")
        writes.offer(desk, args_of(desk), reading_of(desk))
        put(desk, again=desk.count("offers") > 1)
        return
    if desk.returning:
        put(desk, again=True)
        return
    desk.hear("answer")
    adds = desk.get("answer") in (None, "no_but", "yes_but") and _MORE.search(desk.text) is not None
    desk.put("added", adds and desk.count("added_to") <= 2, "agent")
    if desk.get("added"):
        note_words(desk)
    elif desk.get("answer") is None and desk.count("unclear") == 1:
        put(desk, again=True)


def put(desk: Desk, *, again: bool) -> None:
    words = str(desk.get(WHAT)).split()
    told = " ".join(words[:READ_BACK]) + (" …" if len(words) > READ_BACK else "")
    line = desk.ask(f"technical.offer{'.again' if again else ''}", summary=told)
    line.facts, line.choices = [told], list(YES_NO)


def propose(desk: Desk) -> None:
    writes.propose(desk, args_of(desk), reading_of(desk), {"kind": "customer", "summary": "customer"})


def waiting(desk: Desk) -> None:
    desk.say("technical.wait" if waits_for_people(desk) else "technical.unknown")


def shows(desk: Desk) -> bool:
    """A ticket stands nowhere in the records read here: the company's answer names it, or it wasn't opened."""
    return bool((desk.get("outcome_data") or {}).get("ticket_id"))


def tell(desk: Desk) -> None:
    number = str((desk.get("outcome_data") or {}).get("ticket_id", ""))
    desk.say("technical.done", reference=number).facts.append(number)


def turned_down(desk: Desk) -> None:
    desk.say("technical.rejected")


def standing(desk: Desk) -> None:
    desk.say("technical.waits")


def conditions() -> dict[str, Any]:
    return {
        **write_tail.CONDITIONS,
        **answer_question.CONDITIONS,
        "pressed": lambda d: d.tainted,
        "not_helped_visitor": lambda d: not_helped(d) and d.customer_ref is None,
        "not_helped": not_helped,
        "signed_in": lambda d: d.customer_ref is not None,
        "declined": lambda d: bool(d.get("declined")),
        "waits_already": waits_already,
        "allowed": Guard(Means.ALLOWED),
        "yes": Guard(Means.YES),
        "no": lambda d: d.get("answer") == "no",
        "added": lambda d: bool(d.get("added")),
        "holds": Guard(Means.HOLDS, args_of),
        "unverified": Guard(Means.UNVERIFIED, shows),
    }


def pages() -> tuple[tuple[str, str, str], ...]:
    """As for any question; but what the pages don't answer is taken down, where it is known for whom."""
    return tuple(edge for edge in answer_question.EDGES if edge[:2] != ("search", "otherwise"))


WORKFLOW: Final = Workflow(
    name=NAME,
    title="Help with a technical problem",
    nodes=(
        Node("listen", Kind.DECIDE, "Note what is known already", listen),
        PRESS,
        *answer_question.NODES,
        Node("what", Kind.ASK, "Ask what they see, and where", what, writes=("answer",)),
        Node("account", Kind.LOOK, "Read the account", account, writes=(WHAT,), tools=LOOK, duty=Duty.RECORDS),
        Node("rules", Kind.DECIDE, "Ask the rules", check, reads=(WHAT,), duty=Duty.RULES),
        Node("against", Kind.ASK, "Say that a person takes it; hear the answer", against, writes=("answer",)),
        Node("standing", Kind.SAY, "Say that it waits already", standing),
        Node("offer", Kind.ASK, "Read it back and hear the answer", offer, writes=("added", "answer"), waits=True),
        Node("again", Kind.LOOK, "Read everything anew", again, tools=LOOK, duty=Duty.RECORDS),
        Node("fits", Kind.DECIDE, "Is it still what was read back", check, duty=Duty.RULES),
        Node("propose", Kind.PROPOSE, "Write the proposal down", propose, reads=("offer",), tools=TICKET),
        Node("critic", Kind.GATE, "Critic, then the ladder", critic(waiting), writes=("standing",), tools=TICKET),
        Node("execute", Kind.ACT, "Clear, send once, settle", execute(waiting), writes=("outcome",), tools=TICKET),
        Node("audit", Kind.LOOK, "Read what the record says now", again, tools=LOOK, duty=Duty.AUDIT),
        Node("tell", Kind.SAY, "Say that the ticket is open", tell, duty=Duty.CLAIM),
        Node("turned_down", Kind.SAY, "Say that people decided against it", turned_down),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("listen", "pressed", "press"),
        ("listen", "not_helped_visitor", "gap"),
        ("listen", "not_helped", "what"),
        ("listen", "otherwise", "search"),
        *PRESSED,
        *pages(),
        ("search", "signed_in", "what"),
        ("search", "otherwise", "gap"),
        ("what", "declined", "leave_it"),
        ("what", "otherwise", "account"),
        ("account", "unreadable", "handoff:tool-failed"),
        ("account", "waits_already", "standing"),
        ("account", "otherwise", "rules"),
        ("rules", "allowed", "offer"),
        ("rules", "otherwise", "against"),
        ("against", "accepted", "handoff:write-exception"),
        ("against", "otherwise", "leave_it"),
        ("offer", "yes", "again"),
        ("offer", "added", "account"),
        ("offer", "no", "leave_it"),
        ("offer", "otherwise", "handoff:offer-not-answered"),
        *write_tail.EDGES,
        *((node, "otherwise", "done") for node in ("standing", "tell", "turned_down", "leave_it")),
    ),
    conditions=conditions(),
)
