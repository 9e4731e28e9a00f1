"""A true kill -9 at every fault point of a refund, then one sweeper, then the ledgers row by row (FAULTS A1).

Each point gets an order of its own that the rules allow to refund. Points before people are asked die in the customer's
turn; the others in the process that decides and carries out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
IN_THE_TURN: Final = frozenset({"write.after_propose", "write.after_review"})
DEADLINE: Final = 40.0
KILLED: Final = -9


@dataclass(frozen=True)
class Story:
    """One refund: its conversation, and the people whose yes it takes."""

    point: str
    conversation: int
    order: str


def points() -> list[str]:
    from conversations.faults import POINTS

    return sorted(point for point in POINTS if point.startswith(("write.", "approval.")))


def kills() -> list[str]:
    """All stories up to their point, all killed there at once, one sweeper, and the count."""
    people()
    stories = [begin(point, *order) for point, order in zip(points(), refundable(len(points())), strict=True)]
    command = [sys.executable, "-m", "config.chaos", "--write"]
    processes = {
        story.point: subprocess.Popen(
            [*command, story.point, str(story.conversation)], cwd=ROOT, stdin=subprocess.DEVNULL
        )
        for story in stories
    }
    codes = {point: process.wait(120) for point, process in processes.items()}
    problems = [f"{point}: the process ended with {code}" for point, code in codes.items() if code != KILLED]
    began = time.monotonic()
    sweeper = subprocess.Popen([sys.executable, "manage.py", "sweep"], cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        problems += settle(stories, began)
    finally:
        sweeper.terminate()
        sweeper.wait(10)
    problems += ledgers()
    print(json.dumps({"refunds_killed": len(stories), "seconds": round(time.monotonic() - began, 1)}))
    return problems


def people() -> None:
    from config.seed import PEOPLE, seed_operator, seed_roles

    seed_roles()
    for username, password, first, last, role in PEOPLE:
        seed_operator(username, password, first, last, role)


def refundable(wanted: int) -> Iterator[tuple[str, str]]:
    """(address, order) of single-item orders that the rules allow and people must decide about."""
    from agents import deeds
    from approvals import cases
    from approvals.cases import Asker, UnreadableError
    from conversations.clock import business_now
    from tools import pack
    from tools.capabilities.process_refund import ProcessRefund, ReasonCode
    from tools.contract import Proof
    from tools.rules import Verdict

    company, found = pack.active(), 0
    assert company.operations is not None
    refunds = deeds.kit().policy.refunds
    for user in company.operations.dump()["users"].values():
        account = company.find_customer(user["email"])
        for order in account.orders if account is not None and account.tier != "enterprise" else ():
            if found == wanted:
                return
            args = ProcessRefund(order_id=order.order_id, reason_code=ReasonCode.DAMAGED)
            assert account is not None
            try:
                reading = cases.read(args, Asker(account.customer_id, Proof.SIGNED_IN), refunds, business_now())
            except UnreadableError:
                continue
            fits = reading.plan is not None and reading.decision.verdict is Verdict.ALLOW and len(order.products) == 1
            if fits and reading.plan is not None and reading.plan.amount.cents > refunds.automatic_usd * 100:
                found += 1
                yield account.email, order.order_id
    raise RuntimeError(f"The shop has {found} refundable orders; {wanted} are needed")


def begin(point: str, address: str, order: str) -> Story:
    """Up to the offer; and where people are already part of it, up to the wait for the last of them."""
    from agents import runner

    conversation = say(address, f"{order} arrived broken, I want my money back", None)
    runner.work_on(conversation)
    say(address, "yes", conversation)
    if point not in IN_THE_TURN:
        runner.work_on(conversation)
        vote_but_last(conversation)
    return Story(point, conversation, order)


def say(address: str, text: str, conversation: int | None) -> int:
    from config.seed import seed_customers
    from conversations import inbox
    from conversations.channels import web
    from conversations.models import Conversation, Customer

    if not Customer.objects.filter(email=address).exists():
        seed_customers(address)
    talk = Conversation.objects.get(pk=conversation).public_id if conversation else None
    frame = {"client_id": uuid.uuid4().hex, "text": text}
    return inbox.receive(web.adapt(frame, Customer.objects.get(email=address).pk, talk)).conversation_id


def request_of(conversation: int) -> Any:
    from approvals.models import ApprovalRequest

    return ApprovalRequest.objects.filter(call__conversation=conversation).latest("pk")


def vote_but_last(conversation: int) -> None:
    from django.contrib.auth.models import User

    from approvals import deciding

    request = request_of(conversation)
    if request.people > 1:
        deciding.decide(request.public_id, User.objects.get(username="max"), yes=True, reason="chaos")


def one(point: str, conversation: str) -> None:
    """In a process of its own: go on, and die at the point."""
    import os

    from agents import runner
    from conversations import faults

    os.environ["HANDRAIL_FAULT"] = point
    faults.from_environment()
    if point in IN_THE_TURN:
        runner.work_on(int(conversation))
    else:
        approve(int(conversation))


def approve(conversation: int) -> None:
    from django.contrib.auth.models import User

    from agents import deeds
    from approvals import deciding

    request = request_of(conversation)
    if request.status == "pending":
        deciding.decide(request.public_id, User.objects.get(username="mia"), yes=True, reason="chaos")
    deeds.carry_out(request.call_id)


def settle(stories: list[Story], began: float) -> list[str]:
    """Whoever died before deciding decides again; then everything ends by itself."""
    from approvals.models import ApprovalRequest
    from tools.models import Effect

    while time.monotonic() - began < DEADLINE:
        for story in stories:
            waiting = ApprovalRequest.objects.filter(call__conversation=story.conversation, status="pending").first()
            if waiting is not None:
                vote_but_last_again(story.conversation)
                approve(story.conversation)
        talks = [story.conversation for story in stories]
        if Effect.objects.filter(call__conversation__in=talks, status="confirmed", call__told=True).count() == len(
            stories
        ):
            break
        time.sleep(0.5)
    return [f"{story.point}: {problem}" for story in stories for problem in wrong(story)]


def vote_but_last_again(conversation: int) -> None:
    request = request_of(conversation)
    if request.people > 1 and not request.votes.exists():
        vote_but_last(conversation)


def wrong(story: Story) -> list[str]:
    """One effect, confirmed, and the customer told of it once."""
    from conversations.models import Message
    from tools.models import Effect

    effects = list(Effect.objects.filter(call__conversation=story.conversation).values_list("status", flat=True))
    problems = [] if effects == ["confirmed"] else [f"{story.order} has the effects {effects}"]
    said = Message.objects.filter(conversation=story.conversation, author="agent")
    told = [m.text for m in said if any(mark in m.text for mark in ("RF-", "T-"))]
    return problems + ([] if len(told) == 1 else [f"{story.order} was told {len(told)} times"])


def ledgers() -> list[str]:
    """The company's finance and our confirmed effects, row by row."""
    from tools import pack
    from tools.models import Effect

    operations = pack.active().operations
    assert operations is not None
    theirs = {row["key"]: row["amount_cents"] for row in operations.ledger() if row["endpoint"].endswith("/refunds")}
    paid = Effect.objects.filter(status="confirmed").exclude(call__plan__route="brand_consignment")
    ours = {str(effect.key): effect.call.amount_cents for effect in paid.select_related("call")}
    return [] if ours == theirs else [f"our effects {ours} are not the shop's {theirs}"]
