"""The drill: whatever Critic or company do wrong, at every kind of write, each case with its twin without the fault.

A faulted Critic leaves no effect and the denial's reason; a faulted system the one effect or none, settled by asking.
In a scratch house with a scratch shop alone; each case has goods of its own.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid5

from approvals import cases, critic, execute, gate
from approvals.cases import Asker
from approvals.gate import Terms, Wish
from conversations.clock import business_now
from conversations.command import BadInputError
from conversations.sql import hot
from tools import pack, writes
from tools.contract import Proof
from tools.kinds import Goods, WriteKind
from tools.models import Effect, OrderMoney, ToolCall
from tools.pack import Operations
from tools.registry import CAPABILITIES

from .actions import company
from .carrying_out import House, details, typed_code, wrote
from .critic_faults import CRITIC_FAULTS, YES, CriticFault, says

CENTS: Final = (3000, 12_000, 60_000, 150_000)  # by the policy alone, and by each rung of the ladder
CRITIC_SECONDS: Final = 0.25
HURRIED: Final = 0.4  # seconds for an attempt that is to run out of time
LATE: Final = "late:0.9"
QUESTION: Final = "500;path=/effects/"
FIRST: Final = 1000
DUE: Final = "update tools_effect set lease_until = clock_timestamp() - interval '1 second' where call_id = %(call)s"

# What a turn writes when it has read a message: without it, nothing goes out.
READ: Final = """
update conversations_conversation set state = state || jsonb_build_object('heard', %(seq)s::int) where id = %(talk)s
"""


@dataclass(frozen=True)
class ToolFault:
    """What the company's system does at one step. `first`: how the first try ends; `asked`: a fault of the question."""

    name: str
    script: str
    first: str = execute.UNKNOWN
    asked: str = ""


TOOL_FAULTS: Final = (
    ToolFault("time-out", LATE),
    ToolFault("refuses", "refuse", execute.REFUSED),
    ToolFault("500", "500"),
    ToolFault("garbage", "garbage"),
    ToolFault("succeeds, then drops", "drop"),
    ToolFault("succeeds, drops, and can't be asked", "drop", asked=QUESTION),
    ToolFault("is asked twice", "duplicate", execute.CONFIRMED),
)


@dataclass(frozen=True)
class Case:
    """`keys` are those of every proposal on the goods; `steps` what the shop must have done to them, in order."""

    name: str
    goods: Goods
    keys: tuple[uuid.UUID, ...]
    steps: tuple[str, ...]


@dataclass
class Report:
    """Each faulted case ends with a person, or `settled`: the system had done it, which was found by asking.

    `effects` are those that nothing allowed: behind a faulted Critic, after a refusal, or a second one. `twins` are the
    cases without the fault that ended with exactly one.
    """

    cases: int = 0
    effects: int = 0
    handoffs: int = 0
    settled: int = 0
    twins: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)

    def expect(self, case: str, *facts: tuple[str, Any, Any]) -> bool:
        """Each fact: what it is, as found, as it has to be. Whether all of them are so."""
        odd = [f"{what} is {found!r}, not {wanted!r}" for what, found, wanted in facts if found != wanted]
        self.failures += [{"case": case, "why": "; ".join(odd)}] if odd else []
        return not odd

    def to_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


def run(
    kinds: Sequence[WriteKind] | None = None,
    critics: Sequence[CriticFault] = CRITIC_FAULTS,
    tools: Sequence[ToolFault] = TOOL_FAULTS,
) -> dict[str, Any]:
    """{cases, effects, handoffs, settled, twins, failures}, as in Report.

    BadInputError for a company that can't be drilled.
    """
    report, operations, house = Report(), company(), House()
    kinds = pack.active().kinds if kinds is None else kinds
    if not kinds or operations.copies is None:
        raise BadInputError("The drill needs the pack's exam.KINDS and operations.copies, and one of them is missing.")
    for kind in kinds:
        operations.reset()
        house.forget()
        Drill(kind, house, operations, report).run(critics, tools)
    return report.to_json()


class Drill:
    """Every fault at one kind of write."""

    def __init__(self, kind: WriteKind, house: House, operations: Operations, report: Report) -> None:
        self.kind, self.house, self.report, self.operations = kind, house, report, operations
        self.done: list[Case] = []
        self.late = 0.0

    def run(self, critics: Sequence[CriticFault], tools: Sequence[ToolFault]) -> None:
        faulted = [(fault, step) for fault in tools for step in self.kind.steps]
        goods = self.stock(len(critics) + 2 * len(faulted))
        for tool, step in faulted:
            with self.named(f"{self.kind.name}, {step.strip('/')} {tool.name}") as name:
                self.tool_case(name, tool, step, next(goods), next(goods))
        for fault in critics:
            with self.named(f"{self.kind.name}, critic {fault.name}") as name:
                self.critic_case(name, fault, next(goods))
        self.compare()

    @contextmanager
    def named(self, name: str) -> Iterator[str]:
        """A case that breaks off has failed, and the others go on."""
        self.report.cases += 1
        try:
            yield name
        except Exception as error:  # noqa: BLE001  whatever it is, it is what the drill looks for
            self.report.failures.append({"case": name, "why": f"it broke off: {type(error).__name__}: {error}"})

    def stock(self, count: int) -> Iterator[Goods]:
        """So many orders, the shop's own copies, in every price."""
        likes, made = self.kind.likes, list[dict[str, str]]()
        for place, like in enumerate(likes):
            share = range(place, count, len(likes))
            prices = [CENTS[number % len(CENTS)] for number in share]
            assert self.operations.copies is not None
            made += self.operations.copies(like, FIRST * (place + 1), prices) if prices else []
        return iter([Goods(one["order"], one["email"], one["customer"]) for one in made])

    def critic_case(self, name: str, fault: CriticFault, goods: Goods) -> None:
        """Nothing happens, and the reason stands; then the same with a clear yes, on the same goods, happens once."""
        terms = replace(self.house.terms, critics=fault.critics, critic_seconds=CRITIC_SECONDS)
        call, standing = self.propose(goods, terms)
        outcome = execute.run(call.pk, terms)
        self.report.handoffs += standing.state == gate.DENIED
        self.report.effects += Effect.objects.filter(call=call).count()
        self.report.expect(
            name,
            ("the gate", standing.state, gate.DENIED),
            ("the reason", standing.why, fault.reason),
            ("the try all the same", outcome.state, execute.DROPPED),
            ("our effect", Effect.objects.filter(call=call).exists(), False),
        )
        yes = replace(terms, critics=(critic.Critic("scripted", says(YES)),))
        twin = self.twin(f"{name}: twin", goods, yes)
        self.done.append(Case(name, goods, (call.key, twin.key), self.kind.steps))

    def tool_case(self, name: str, fault: ToolFault, step: str, goods: Goods, other: Goods) -> None:
        """The one effect, found by asking, or a refusal and nothing."""
        call, terms = self.granted(goods), self.house.terms
        with hurried(self.kind.capability, fault.script == LATE):
            first = execute.run(call.pk, replace(terms, faults=f"{fault.script};path={step}"))
        self.late = time.monotonic() + 1 if fault.script == LATE else self.late
        behind = fault.first == execute.REFUSED and step != self.kind.steps[0]
        expected = execute.UNKNOWN if behind else fault.first
        if fault.asked:
            again(call, replace(terms, faults=fault.asked))
            self.report.expect(name, ("unheard", Effect.objects.get(call=call).status, execute.UNKNOWN))
        last = again(call, terms) if expected == execute.UNKNOWN else first
        refused = expected == execute.REFUSED
        self.report.handoffs += last.state == execute.REFUSED
        self.report.settled += last.state == execute.CONFIRMED and not refused
        self.report.effects += last.state == execute.CONFIRMED and refused
        self.report.expect(
            name,
            ("the first try", first.state, expected),
            (f"the end ({last.why})", last.state, execute.REFUSED if refused else execute.CONFIRMED),
            ("our rows", list(Effect.objects.filter(call=call).values_list("status", flat=True)), [last.state]),
            ("what is held", held(call), 0 if refused else call.amount_cents),
        )
        self.done.append(Case(name, goods, (call.key,), () if refused else self.kind.steps))
        twin = self.twin(f"{name}: twin", other, terms)
        self.done.append(Case(f"{name}: twin", other, (twin.key,), self.kind.steps))

    def twin(self, name: str, goods: Goods, terms: Terms) -> ToolCall:
        call = self.granted(goods, terms)
        outcome = execute.run(call.pk, terms)
        self.report.twins += self.report.expect(
            name,
            (f"the end ({outcome.why})", outcome.state, execute.CONFIRMED),
            ("our rows", list(Effect.objects.filter(call=call).values_list("status", flat=True)), ["confirmed"]),
        )
        return call

    def granted(self, goods: Goods, terms: Terms | None = None) -> ToolCall:
        """Proposed, reviewed, and approved by as many people as it takes."""
        call, standing = self.propose(goods, terms or self.house.terms)
        if standing.state == gate.WAIT:
            self.house.approve(call)
        return call

    def propose(self, goods: Goods, terms: Terms) -> tuple[ToolCall, gate.Standing]:
        """Wished for and confirmed by its customer."""
        args = writes.arguments(self.kind.capability, self.kind.args(goods))
        asker = Asker(goods.customer, self.kind.proof, confirmed=True)
        reading = cases.read(args, asker, terms.refunds, business_now())
        talk = wrote(goods.customer, f"Yes, for {goods.order}, please{details(args)}.")
        if self.kind.proof is Proof.ONE_TIME_CODE:
            talk = typed_code(talk)
        wish = Wish(
            key=uuid.uuid4(),
            conversation_id=talk.pk,
            customer_id=talk.customer_id,
            args=args,
            sources={name: "customer" for name, value in args.model_dump().items() if value is not None},
            confirmation={"yes": talk.heard_seq, "since": 1},
            heard_seq=talk.heard_seq,
        )
        call = gate.propose(wish, reading, terms)
        hot(READ, {"talk": talk.pk, "seq": talk.heard_seq})
        return call, gate.open(call, terms)

    def compare(self) -> None:
        """The shop's own ledger: every step of what had to happen, once, and nothing else."""
        time.sleep(max(0.0, self.late - time.monotonic()))
        rows = self.operations.ledger()
        for case in self.done:
            taken = {str(uuid5(key, "stock-1")) for key in case.keys}
            found = [row["endpoint"] for row in rows if case.goods.is_on(row) or row["key"] in taken]
            named = Counter(next((step for step in case.steps if step in path), path) for path in found)
            wanted = Counter(case.steps)
            self.report.effects += (named - wanted).total()
            self.report.expect(case.name, ("the company's ledger", dict(named), dict(wanted)))


def again(call: ToolCall, terms: Terms) -> execute.Outcome:
    """As the sweeper does when the time has come."""
    hot(DUE, {"call": call.pk})
    return execute.run(call.pk, terms)


def held(call: ToolCall) -> int:
    return OrderMoney.objects.get(order_ref=call.order_ref).taken_cents


@contextmanager
def hurried(capability: str, is_hurried: bool) -> Iterator[None]:
    """A short time for each attempt of a write, so that running out of it takes no minute."""
    own: Any = pack.active().own
    known, before = (own, own[capability]) if capability in own else (CAPABILITIES, CAPABILITIES[capability])
    contract = replace(pack.active().capabilities[capability], attempt_seconds=HURRIED)
    if is_hurried:
        known[capability] = replace(before, capability=contract) if known is own else contract
    try:
        yield
    finally:
        known[capability] = before
