"""What is tried: a table of scenarios, each a few steps, each step with the fault points on its way.

A further write is a further row: how its order is found, what the customer says, who approves, and what the company's
ledger must show for it, exactly once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agents import deeds, runner
from approvals import cases, deciding
from approvals.cases import Asker, UnreadableError
from approvals.models import ApprovalRequest
from config.chaos.stories import Story, say
from conversations.clock import business_now
from conversations.faults import POINTS
from tools.capabilities.change_order import Change, ChangeOrder
from tools.capabilities.process_refund import ProcessRefund, ReasonCode
from tools.contract import Arguments, Proof
from tools.models import ToolCall
from tools.rules import Verdict
from tools.shapes import Account, Fulfilment

Act = Callable[[Story], None]
Fits = Callable[[Account, str], bool]


def of(*prefixes: str) -> frozenset[str]:
    return frozenset(point for point in POINTS if point.startswith(prefixes))


HEARD: Final = of("inbox.", "turn.")
REVIEWED: Final = frozenset({"write.after_propose", "write.after_review"})
SENT: Final = of("write.") - REVIEWED


@dataclass(frozen=True)
class Step:
    """What somebody outside does, who does it again when nothing came of it, and what a worker then does."""

    name: str
    outside: Act
    inside: Act
    points: frozenset[str]


@dataclass(frozen=True)
class Scenario:
    """`fits` finds an order to copy; `cents` is the price of the n-th copy; `ledger` are the ends of the company's
    endpoints that the write reaches, in order; `people` approve it, nobody where the policy does."""

    name: str
    wish: str
    fits: Fits
    cents: Callable[[int], int]
    ledger: tuple[str, ...] = ()
    people: tuple[str, ...] = field(default=())

    @property
    def steps(self) -> tuple[Step, ...]:
        if not self.ledger:
            return (ASK,)
        return (ASK, YES_AND_WAIT, APPROVE, TELL) if self.people else (ASK, YES)


def ask(story: Story) -> None:
    wish = SCENARIOS[story.scenario].wish
    story.conversation = say(story, "ask", wish.format(order=story.order))


def agree(story: Story) -> None:
    say(story, "yes", "yes")


def approve(story: Story) -> None:
    """Each of them once, as long as it waits."""
    from django.contrib.auth.models import User

    for username in SCENARIOS[story.scenario].people:
        request = ApprovalRequest.objects.get(call__conversation=story.conversation)
        if request.status == "pending" and not request.votes.filter(operator__username=username).exists():
            user = User.objects.get(username=username)
            deciding.decide(request.public_id, user, yes=True, reason="chaos")


def work(story: Story) -> None:
    runner.work_on(story.conversation)


def carry_out(story: Story) -> None:
    deeds.carry_out(ToolCall.objects.get(conversation=story.conversation).pk)


def nothing(_: Story) -> None:
    """Nobody outside has to do anything."""


ASK: Final = Step("ask", ask, work, HEARD)
YES: Final = Step("yes", agree, work, HEARD | of("write."))
YES_AND_WAIT: Final = Step("yes", agree, work, HEARD | REVIEWED)
APPROVE: Final = Step("approve", approve, carry_out, of("approval.") | SENT)
TELL: Final = Step("tell", nothing, work, of("turn."))


def allowed(wish: Callable[[str], Arguments], route: Fulfilment, items: int | None = None) -> Fits:
    """An order on this route, of so many items, for which the rules allow the wish."""

    def fits(account: Account, order_id: str) -> bool:
        asker = Asker(account.customer_id, Proof.SIGNED_IN)
        try:
            reading = cases.read(wish(order_id), asker, deeds.kit().policy.refunds, business_now())
        except UnreadableError:
            return False
        if reading.plan is None or reading.decision.verdict is not Verdict.ALLOW:
            return False
        order = next(order for order in account.orders if order.order_id == order_id)
        return reading.plan.route is route and items in (None, len(order.products))

    return fits


def refund(order_id: str) -> Arguments:
    return ProcessRefund(order_id=order_id, reason_code=ReasonCode.DAMAGED)


def cancellation(order_id: str) -> Arguments:
    return ChangeOrder(order_id=order_id, change=Change.CANCEL, reason_code=ReasonCode.ORDERED_BY_MISTAKE)


def few_cents(n: int) -> int:
    """The policy's caps must not be reached by sums."""
    return 1 + n % 20


def above(cents: int) -> Callable[[int], int]:
    """Each a price of its own, so that somebody else's would be noticed."""
    return lambda n: cents + n


BROKEN: Final = "{order} arrived broken, I want my money back"
MISTAKE: Final = "please cancel {order}, I ordered it by mistake"
OWN: Final = allowed(refund, Fulfilment.PLATFORM_OWNED, items=1)
BRAND: Final = allowed(refund, Fulfilment.BRAND_CONSIGNMENT, items=1)
PARTNER: Final = allowed(refund, Fulfilment.TRANSFER, items=1)
PENDING: Final = allowed(cancellation, Fulfilment.PLATFORM_OWNED)
SCENARIOS: Final[dict[str, Scenario]] = {
    one.name: one
    for one in (
        Scenario("status", "Where is {order}?", OWN, few_cents),
        Scenario("cancel-policy", MISTAKE, PENDING, few_cents, ("cancel",)),
        Scenario("cancel-two-people", MISTAKE, PENDING, above(60_000), ("cancel",), ("max", "mia")),
        Scenario("refund-policy", BROKEN, OWN, few_cents, ("refunds",)),
        Scenario("refund-operator", BROKEN, OWN, above(12_000), ("refunds",), ("olga",)),
        Scenario("refund-two-people", BROKEN, OWN, above(125_000), ("refunds",), ("max", "mia")),
        Scenario("refund-partner", BROKEN, PARTNER, above(6_000), ("refunds", "tickets"), ("olga",)),
        Scenario("refund-brand", BROKEN, BRAND, few_cents, ("stop-shipment", "claw-backs", "tickets")),
        Scenario(
            "refund-brand-operator", BROKEN, BRAND, above(9_000), ("stop-shipment", "claw-backs", "tickets"), ("olga",)
        ),
    )
}


def ways_to(point: str) -> list[tuple[str, int]]:
    """(scenario, number of its step) wherever this fault point is on the way."""
    return [(name, n) for name, one in SCENARIOS.items() for n, step in enumerate(one.steps) if point in step.points]
