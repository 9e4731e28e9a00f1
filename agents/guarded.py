"""What a line may say: the output guard with this turn's facts, and with what the turn has done."""

from __future__ import annotations

from typing import Any, Final

from agents.guards import backed, leaks
from agents.guards.output import Verdict, check
from agents.guards.promises import Backing

from .desk import Desk, Line

REPEATED: Final = ("order_id", "not_found")  # what the customer named may be said back to them
LINK: Final = "link"  # the field of a parcel
SEARCH: Final = "tool:search_knowledge"


def guard(desk: Desk, text: str, line: Line, *, sure: bool = False) -> Verdict:
    """Specifics must stand in what the tools said this turn, in a quoted passage, or in the company's own facts;
    `sure`: and not in what anybody may have written into a record. The customer's own address is said where they have
    just named it for a change, and masked everywhere else."""
    company = desk.kit.pack
    facts = [*desk.facts, *line.facts, company.order_ids.example, company.brand]
    facts += [desk.get(slot) for slot in REPEATED if desk.get(slot)]
    facts = [backed.certain(fact) for fact in facts] if sure else facts
    return check(
        text,
        facts,
        desk.kit.speech,
        now=desk.work.now,
        quoted=line.quotes,
        may_name=[
            company.contact.email,
            company.contact.phone,
            company.contact.website,
            *line.names,
        ],
        backing=backing(desk),
        may_link=linked(desk) if leaks.hosts(text) else (),
    )


def linked(desk: Desk) -> list[str]:
    """The hosts that may be linked to: the company's, and those of the links in its records' own field for them."""
    texts = [desk.kit.pack.contact.website, *links_in(desk.facts)]
    return [host.removeprefix("www.") for text in texts for host in leaks.hosts(text)]


def links_in(fact: Any) -> list[str]:
    if isinstance(fact, dict):
        own = [str(fact[LINK])] if LINK in fact else []
        return own + [link for value in fact.values() for link in links_in(value)]
    return [link for one in fact for link in links_in(one)] if isinstance(fact, list) else []


def backing(desk: Desk) -> Backing:
    """What this turn has done so far, as its trace shows it."""
    asked = [step.name for step in desk.ports.steps if step.kind == "port"]
    deed = desk.wrote or bool(desk.told) or any(name.startswith("write:execute") for name in asked)
    return Backing(deed, any(name.startswith("tool:") and name != SEARCH for name in asked))
