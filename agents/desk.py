"""What a workflow's node works with: slots, this turn's words, tools that the node lists, and a voice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from agents.grammar import Context, KnownOrder, SlotValue, fill
from agents.intents.answer import IntentAnswer
from knowledge.models import reader
from tools import gateway
from tools.gateway import Caller, Proof, ToolResult

from . import caps, consult
from .claim import Work
from .ports import Ports, canonical, digest
from .searches import SEARCHES
from .workflow import Node

if TYPE_CHECKING:
    from .kits import Kit


QUOTED: Final = "quoted"


@dataclass
class Line:
    """One thing to say: the voice's key (or QUOTED) and its slots, what backs its specifics, and what goes with it."""

    key: str
    slots: dict[str, Any]
    quotes: list[str] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # addresses that are read back to whoever named them
    asks: bool = False
    free: bool = False  # it binds nobody: a brain may word it
    otherwise: Line | None = None  # what is said instead when a person takes over and the question no longer stands


@dataclass
class Desk:
    """One turn's desk. Slots carry their source: the customer's words, the session, or a system of record.

    `gaps`, `checks`: what no page answers, and pages that their editors should check first.
    `told`: the writes whose end this turn tells; `wrote`: this turn sent one, so that its words can't be dropped.
    `proven`: a one-time code has proven who writes, as this turn has read it (proving.py).
    `focus` is what the conversation last spoke about (memory.py); `returning`: the open question comes back behind
    something else, so that asking it again doesn't count; `in_a_hurry`: no question that isn't needed.
    """

    work: Work
    kit: Kit
    ports: Ports
    text: str
    context: Context
    filled: dict[str, SlotValue]
    answer: IntentAnswer
    slots: dict[str, Any] = field(default_factory=dict)
    facts: list[Any] = field(default_factory=list)
    results: dict[str, ToolResult] = field(default_factory=dict)
    answers: list[ToolResult] = field(default_factory=list)
    wished: list[ToolResult] = field(default_factory=list)  # asked on a brain's wish: no node's record
    intent: str = ""
    focus: dict[str, Any] = field(default_factory=dict)
    returning: bool = False
    in_a_hurry: bool = False
    lines: list[Line] = field(default_factory=list)
    node: Node | None = None
    may_word: bool = False  # the workflow at work writes nothing
    asked: bool = False
    got_on: bool = False  # their words helped, although they fill no slot: nothing counts against the matter (D3)
    parked: str | None = None  # what the run waits for that isn't the customer: "decision" or "outcome"
    told: list[str] = field(default_factory=list)
    wrote: bool = False
    gaps: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    reading: Any = None  # the rules' word on the case in hand, of this turn (approvals.cases.Reading)
    approval: dict[str, bool] = field(default_factory=dict)
    run_id: str = ""
    turned: tuple[str, tuple[str, ...]] | None = (
        None  # the matter that follows from this one, with slots it takes along
    )
    tool_calls: list[str] = field(default_factory=list)
    own_ids: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    circles: caps.Circles = field(default_factory=caps.Circles)
    tainted: bool = False  # by this turn's words: nothing is proposed
    steered: bool = False  # by earlier ones, and nobody has cleared it: what is proposed waits for a person
    proven: bool = False
    show: Callable[[str, Sequence[dict[str, Any]]], bool] | None = None  # an answer while it is written (early.py)
    sensitive: bool = False
    earlier: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.work.now

    @property
    def customer_ref(self) -> str | None:
        ref: str | None = self.work.customer["ref"]
        return ref

    @property
    def reader(self) -> str:
        """As whom they read our articles: by their tier when the session vouches for them, else as anybody."""
        return reader(self.work.customer["tier"], signed_in=self.customer_ref is not None)

    def get(self, slot: str) -> Any:
        held = self.slots.get(slot)
        return None if held is None else held["value"]

    def put(self, slot: str, value: Any, source: str) -> None:
        """Fill a slot. `source`: customer, session, record (a system of record) or agent (our own counting)."""
        self.slots[slot] = {"value": value, "source": source}

    def drop(self, slot: str) -> None:
        self.slots.pop(slot, None)

    def take_up(self, intent: str, text: str, filled: dict[str, SlotValue], *, sensitive: bool) -> None:
        """Another matter: its words, its slots, and a clean desk but for what was said and found so far."""
        self.intent, self.text, self.filled, self.sensitive = intent, text, dict(filled), sensitive
        self.slots, self.used, self.returning = {}, set(), False
        self.forget_what_was_read()

    def forget_what_was_read(self) -> None:
        """A record that another matter read is no answer to this one's question."""
        self.results, self.answers, self.reading = {}, [], None

    def hear(self, *names: str) -> bool:
        """Take what the customer's words name into the run's slots; True when they name something new."""
        before = {name: self.get(name) for name in names}
        for name in names:
            if name in self.filled:
                self.put(name, self.filled[name].value, "customer")
        return any(self.get(name) != before[name] for name in names)

    def recall(self, name: str) -> None:
        """What the customer named earlier in this conversation needn't be named again; the latest counts."""
        for said in reversed(self.earlier):
            if (found := fill(said, self.context).get(name)) is not None:
                self.put(name, found.value, "customer")
                return

    def heard_already(self, *names: str) -> None:
        """These words of the customer's have been used: nobody reads them a second time."""
        self.used |= set(names)
        for name in names:
            self.filled.pop(name, None)

    def read_again(self, orders: tuple[KnownOrder, ...]) -> None:
        """Read the customer's words once more, now that their orders are known ("the mug", "the second one")."""
        offered = tuple(self.get("offered") or self.context.offered)
        context = replace(self.context, orders=orders, offered=offered)
        self.filled |= consult.slots(self.ports, self.kit, self.text, context, partial(consult.seen_at, self))

    def turn_to(self, intent: str, *slots: str) -> None:
        """What they want is another matter's: that one begins when this one has ended, with these slots of it."""
        self.turned = (intent, slots)

    def count(self, slot: str) -> int:
        """Add one to a counter of the run and return it."""
        self.put(slot, int(self.get(slot) or 0) + 1, "agent")
        return int(self.get(slot))

    def look(self, capability: str, **args: Any) -> ToolResult:
        """Ask a read capability that this node lists; the answer is recorded before it is used."""
        return self.look_each(capability, [args])[0]

    def look_each(self, capability: str, asked: list[dict[str, Any]]) -> list[ToolResult]:
        """Ask the same capability several things at once."""
        return self.look_many([(capability, args) for args in asked])

    def look_besides(self, asked: list[tuple[str, dict[str, Any]]]) -> list[ToolResult]:
        """The same, on a brain's wish: what comes back is a fact to speak of, and no node's record."""
        return self.look_many(asked, besides=True)

    def look_many(self, asked: list[tuple[str, dict[str, Any]]], *, besides: bool = False) -> list[ToolResult]:
        """Ask several things at once; the answers come in the order of the questions (S2-11)."""
        caps.before_calls(self, len(asked))
        for capability, args in asked:
            self.circles.count("max_same_calls", canonical([str(self.run_id), capability, args]))
        caller = self.caller()

        @cache
        def read() -> list[ToolResult]:
            if len(asked) == 1:
                return [gateway.read(*asked[0], caller)]
            return gateway.read_many(asked, caller)

        return [self.record(*one, caller, partial(answer_of, read, i), besides=besides) for i, one in enumerate(asked)]

    def record(
        self,
        capability: str,
        args: dict[str, Any],
        caller: Caller,
        answer: Callable[[], dict[str, Any]],
        *,
        besides: bool = False,
    ) -> ToolResult:
        """One question and its answer, through the port that makes it durable."""
        self.tool_calls.append(capability)
        request = [args, self.customer_ref, int(caller.proof), sorted(caller.allowed)]
        is_ours = capability == "search_knowledge"  # our own database, read only: nothing to make durable
        aside: dict[str, Any] = {}
        recorded = self.ports.call(
            f"tool:{capability}",
            request,
            self.kept(args, answer, aside) if is_ours else answer,
            outside=not is_ours,
            shown=args,
            aside=aside,
        )
        result = ToolResult.from_json(recorded)
        if not besides:
            self.results[capability] = result
            self.answers.append(result)
        if result.ok:
            self.facts.append(result.data)
        return result

    def kept(
        self, args: dict[str, Any], ask: Callable[[], dict[str, Any]], aside: dict[str, Any]
    ) -> Callable[[], dict[str, Any]]:
        """A search that somebody has made before, while nothing has changed since."""
        if not self.work.knowledge:
            return ask
        key = digest([args, self.intent, self.work.knowledge, self.kit.release, self.now.date().isoformat()])
        return lambda: SEARCHES.of(key, ask, aside)

    @property
    def proof(self) -> Proof:
        """From the session, and from what was proven in this conversation; never from words."""
        if self.customer_ref is None:
            return Proof.NONE
        return Proof.ONE_TIME_CODE if self.proven else Proof.SIGNED_IN

    def caller(self) -> Caller:
        node = self.node
        return Caller(
            customer_ref=self.customer_ref,
            proof=self.proof,
            node=node.name if node else "",
            allowed=frozenset(node.tools) if node else frozenset(),
            now=self.now,
            visitor=f"customer:{self.work.customer['pk']}",
        )

    def history(self) -> list[str]:
        """The customer's earlier messages in the window, oldest first."""
        return self.earlier

    def derived(self, text: str) -> str:
        """Words that code counted from records: they are their own receipt."""
        self.facts.append(text)
        return text

    def say(self, key: str, **slots: Any) -> Line:
        """Put a line on the desk; words are made and checked when the workflow has come to rest."""
        line = Line(key, slots, free=self.may_word)
        self.lines.append(line)
        return line

    def quote(self, text: str) -> Line:
        """Say a passage's own words, as they are."""
        return self.say(QUOTED, text=text)

    def ask(self, key: str, **slots: Any) -> Line:
        """Say a line that waits for the customer's answer."""
        self.asked = True
        line = self.say(key, **slots)
        line.asks = True
        return line


def answer_of(read: Callable[[], list[ToolResult]], number: int) -> dict[str, Any]:
    return read()[number].to_json()
