"""`make chaos`: a true kill -9 at every fault point of a message and its turn, then one sweeper, then the count.

On a scratch database and a scratch shop. Every message must be stored once, and answered once or handed off, within 30
seconds. N=300 repeats each point that often with an in-process crash (a killed connection, an exception past all
handlers), seeded.
"""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Final

from config import chaos_writes

ROOT: Final = Path(__file__).resolve().parent.parent
DEADLINE: Final = 30.0
KILLED: Final = -9


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["HANDRAIL_TESTING"] = "1"
    os.environ.setdefault("HANDRAIL_LOG", "critical")
    from config.embedded import users

    users.ensure()
    import django

    django.setup()
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # the crashes close connections on purpose
    if sys.argv[1:2] == ["--write"]:
        chaos_writes.one(*sys.argv[2:4])
        return
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:4])
        return
    from agents import seed
    from evals import scratch

    with scratch.database() as url, scratch.shop() as shop_url:
        seed.seed()
        os.environ.update(DATABASE_URL=url, SHOP_URL=shop_url)
        problems = (
            kills() + chaos_writes.kills() + crashes(int(os.environ.get("N", "20")), int(os.environ.get("SEED", "1")))
        )
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


def points() -> list[str]:
    """Those of a message and its turn; a write's are chaos_writes.py's."""
    from conversations.faults import POINTS

    return sorted(POINTS - set(chaos_writes.points()))


def one(point: str, key: str) -> None:
    """In a process of its own: post a message and work on it, and die at the point."""
    from agents import runner
    from conversations import faults

    os.environ["HANDRAIL_FAULT"] = point
    faults.from_environment()
    runner.work_on(post(key))


def post(key: str) -> int:
    """The same key is the same message: a customer's page sends again what was not acknowledged."""
    from django.conf import settings

    from config.seed import seed_customers
    from conversations import inbox
    from conversations.channels import web
    from conversations.models import Customer

    address = settings.HANDRAIL_DEMO_CUSTOMERS[0]
    if not Customer.objects.filter(email=address).exists():
        seed_customers(address)
    customer = Customer.objects.get(email=address)
    frame = {"client_id": key, "text": f"Where is {an_order_of(address)}?"}
    return inbox.receive(web.adapt(frame, customer.pk, None)).conversation_id


@cache
def an_order_of(address: str) -> str:
    """A question that needs an outside answer, so that every fault point is on its way."""
    from tools import pack

    account = pack.active().find_customer(address)
    assert account is not None
    return account.orders[0].order_id


def kills() -> list[str]:
    """One true kill at each point, all at once; the customers send again; one sweeper mends."""
    keys = {point: uuid.uuid4().hex for point in points()}
    command = [sys.executable, "-m", "config.chaos", "--one"]
    processes = {p: subprocess.Popen([*command, p, k], cwd=ROOT, stdin=subprocess.DEVNULL) for p, k in keys.items()}
    codes = {point: process.wait(120) for point, process in processes.items()}
    problems = [
        f"{point}: the process ended with {code}, so the point was not reached"
        for point, code in codes.items()
        if code != KILLED
    ]
    began = time.monotonic()
    sweeper = subprocess.Popen([sys.executable, "manage.py", "sweep"], cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        conversations = {point: post(key) for point, key in keys.items()}
        problems += settle(conversations, began)
    finally:
        sweeper.terminate()
        sweeper.wait(10)
    print(json.dumps({"kills": len(keys), "points": points(), "seconds": round(time.monotonic() - began, 1)}))
    return problems


def settle(conversations: dict[str, int], began: float) -> list[str]:
    """Wait until nothing is left to do, then count."""
    from conversations.models import Conversation

    pks = list(conversations.values())
    while time.monotonic() - began < DEADLINE:
        rows = Conversation.objects.filter(pk__in=pks, status="active").values_list("wake", "done")
        if all(wake == done for wake, done in rows):
            break
        time.sleep(0.2)
    return [f"{point}: {problem}" for point, pk in conversations.items() for problem in wrong(pk)]


def wrong(conversation: int) -> list[str]:
    """What is not as it must be: stored once, in order, answered once or handed off, nothing left open."""
    from conversations.models import Conversation, Message

    row = Conversation.objects.get(pk=conversation)
    messages = list(Message.objects.filter(conversation=row).order_by("seq").values_list("seq", "author"))
    problems = []
    if [seq for seq, _ in messages] != list(range(1, row.last_seq + 1)):
        problems.append(f"the numbers have gaps: {messages}")
    if sum(author == "customer" for _, author in messages) != 1:
        problems.append("the message is not stored exactly once")
    if sum(author == "agent" for _, author in messages) != 1:
        problems.append(f"{sum(author == 'agent' for _, author in messages)} answers")
    if row.status == "active" and row.wake != row.done:
        problems.append("work is left over")
    return problems


def crashes(n: int, seed: int) -> list[str]:
    """`n` in-process crashes at every point, seeded; each is followed by what recovery would do."""
    order = [point for point in points() for _ in range(n)]
    random.Random(seed).shuffle(order)
    began = time.monotonic()
    problems = [f"{point}: {problem}" for point in order for problem in wrong(crash_once(point))]
    print(json.dumps({"crashes": len(order), "seed": seed, "seconds": round(time.monotonic() - began, 1)}))
    return problems


def crash_once(point: str) -> int:
    """Crash at `point`, let the lease run out, send the message again, and let the sweeper's verb finish the work."""
    from agents import runner
    from conversations import faults

    key = uuid.uuid4().hex
    faults.install(faults.crash_at(point))
    try:
        runner.work_on(post(key))
    except faults.CrashError:
        drop_connection()
    else:
        raise RuntimeError(f"{point} was not reached")
    finally:
        faults.install(None)
    conversation = post(key)
    expire_lease(conversation)
    runner.work_on(conversation)
    return conversation


def drop_connection() -> None:
    """A crash takes its connection along: whatever was not committed is gone."""
    from django.db import connection

    if connection.connection is not None:
        connection.connection.close()
    connection.close()


def expire_lease(conversation: int) -> None:
    from conversations.sql import hot

    statement = "update conversations_conversation set lease_until = clock_timestamp() where id = %(id)s"
    hot(statement + " and lease_until is not null", {"id": conversation})


if __name__ == "__main__":
    main()
