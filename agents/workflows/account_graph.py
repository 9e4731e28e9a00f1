"""The graph of a write on the customer's own account: their wish, what stands against it, the offer and the yes, and
from there the way of every write. One builder, so that no two of them differ in what they ask; the shapes in
account_write.py and own_write.py say what their nodes do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.workflow import Duty, Kind, Node, Workflow, edges
from tools.contract import Arguments

from . import account_steps, verify
from .account_steps import CHANGE, LOOK, again
from .write_tail import Act, Row


@dataclass(frozen=True)
class Shape:
    """`listen` to `propose`: what the nodes of these names do, `check` at the rules and once more behind the yes.
    `wish`: where their words lead; `nodes`, `edges` and `conditions` of its own stand behind that and end at "account".
    `args` and `shows` are what the guards ask. `code`: whoever changes something types a one-time code first.
    """

    listen: Act
    check: Act
    against: Act
    offer: Act
    propose: Act
    wish: tuple[Row, ...]
    args: Callable[[Desk], Arguments | None]
    shows: Callable[[Desk], bool]
    capability: str
    code: bool
    nodes: tuple[Node, ...] = ()
    edges: tuple[Row, ...] = ()
    conditions: Mapping[str, Callable[[Desk], bool]] = field(default_factory=dict)


def build(name: str, title: str, shape: Shape) -> Workflow:
    found = rows(shape)
    used = {edge.when for edge in found}
    tests = {key: test for key, test in conditions(shape).items() if key in used}
    return Workflow(name, title, nodes(shape), found, tests)


def nodes(shape: Shape) -> tuple[Node, ...]:
    return (
        Node("listen", Kind.DECIDE, "Note what is known already", shape.listen, writes=(CHANGE,)),
        account_steps.PRESS,
        *shape.nodes,
        Node("account", Kind.LOOK, "Read the account", again, tools=LOOK, duty=Duty.RECORDS),
        Node("rules", Kind.DECIDE, "Ask the rules", shape.check, reads=(CHANGE,), duty=Duty.RULES),
        *(verify.NODES if shape.code else ()),
        Node("against", Kind.ASK, "Say what is against it; offer a person", shape.against, writes=("answer",)),
        account_steps.STANDING,
        Node("offer", Kind.ASK, "Say what it means and hear the answer", shape.offer, writes=("answer",), waits=True),
        *((account_steps.FRESH,) if shape.code else ()),
        *account_steps.written(shape.check, shape.propose, (shape.capability,)),
    )


def rows(shape: Shape) -> Any:
    return edges(
        ("listen", "pressed", "press"),
        *shape.wish,
        *account_steps.PRESSED,
        *shape.edges,
        ("account", "unreadable", "handoff:tool-failed"),
        ("account", "waits_already", "standing"),
        ("account", "otherwise", "rules"),
        ("rules", "allowed", "offer"),
        *((("rules", "unproven", verify.PROOF),) if shape.code else ()),
        ("rules", "otherwise", "against"),
        *((*verify.edges("account"), *account_steps.EDGES) if shape.code else account_steps.heard("again")),
    )


def conditions(shape: Shape) -> dict[str, Callable[[Desk], bool]]:
    return {
        **account_steps.CONDITIONS,
        **shape.conditions,
        "holds": Guard(Means.HOLDS, shape.args),
        "unverified": Guard(Means.UNVERIFIED, shape.shows),
    }
