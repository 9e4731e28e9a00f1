"""`make bench`: the reference turn T1 beside the measured floors, in one run, on one scratch cluster database.

T1: a conversation with 20 messages of history; the customer's message is stored, the agent triages, asks a system that
answers at once, and replies. Figures are ratios against the floors (cte2, cte5) taken before and after; a round whose
two floor runs differ by more than 15 % is thrown away.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, Final

ROUNDS: Final = int(os.environ.get("ROUNDS", "3"))
TURNS: Final = int(os.environ.get("TURNS", "400"))
WARM: Final = 60
TOLERANCE: Final = 1.15
HISTORY: Final = 20
BENCH: Final = Path(__file__).resolve().parent.parent.parent / "shared" / "bench"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("HANDRAIL_LOG", "error")
    from config.embedded import users

    users.ensure()
    import django

    django.setup()
    from evals import scratch

    with scratch.database():
        report(measure())


def measure() -> list[dict[str, Any]]:
    """Rounds of floor, ours, floor."""
    conversation, customer = prepare()
    rounds = []
    for _ in range(ROUNDS):
        before, ours, after = floors(), turns(conversation, customer), floors()
        rounds.append({"before": before, "ours": ours, "after": after})
    return rounds


def prepare() -> tuple[uuid.UUID, int]:
    """A company whose systems answer at once, a release, and a conversation that has some history."""
    from dataclasses import replace

    from agents import seed
    from conversations.models import Customer
    from tools import pack

    instant = replace(pack.active(), fulfil={**pack.active().fulfil, "get_order": answer_at_once})
    pack.active = lambda: instant
    seed.seed()
    customer = Customer.objects.create(external_ref="bench", first_name="Bench")
    public_id = None
    for i in range(HISTORY // 2):
        public_id = one_turn(customer.pk, public_id, ask_for(i))[1]
    assert public_id is not None
    return public_id, customer.pk


def ask_for(number: int) -> str:
    """After an order of its own each time, counted on from the company's example."""
    from tools import pack

    example = pack.active().example_order_id
    digits = example[len(example.rstrip("0123456789")) :]
    return f"Where is order {example.removesuffix(digits)}{int(digits) + number:0{len(digits)}}?"


def answer_at_once(arguments: Any, caller: Any) -> Any:
    """An order whose parcel was scanned two hours ago."""
    from datetime import timedelta

    from conversations.money import Money
    from tools import shapes as s

    then = caller.now - timedelta(hours=2)
    line = s.OrderLine(
        line_id="1", product="Kettle", options={}, quantity=1, unit_price=Money(4900), state="new", refunded=False
    )
    parcel = s.Parcel(
        tracking_id="1Z999",
        carrier="Northline",
        link="https://northline.example/1Z999",
        status=s.ParcelStatus.IN_TRANSIT,
        last_scan=s.Scan(place="Albany", at=then, note=""),
        expected_on=(then + timedelta(days=2)).date(),
        delivered_at=None,
        line_ids=["1"],
    )
    return s.Order(
        order_id=arguments.order_id,
        customer_id=caller.customer_ref,
        placed_at=then,
        status=s.OrderStatus.SHIPPED,
        fulfilment=s.Fulfilment.PLATFORM_OWNED,
        partner=None,
        lines=[line],
        total=Money(4900),
        money=[],
        parcels=[parcel],
        open_for_shipping=False,
        note="",
    )


def one_turn(customer: int, conversation: uuid.UUID | None, text: str) -> tuple[float, uuid.UUID]:
    """Message in to reply stored, in seconds; everything but the doorbells."""
    from agents import runner
    from conversations import inbox
    from conversations.channels import web

    began = time.perf_counter()
    received = inbox.receive(web.adapt({"client_id": uuid.uuid4().hex, "text": text}, customer, conversation))
    runner.work_on(received.conversation_id)
    return time.perf_counter() - began, received.public_id


def turns(conversation: uuid.UUID, customer: int) -> dict[str, float]:
    for i in range(WARM):
        one_turn(customer, conversation, ask_for(HISTORY + i))
    wall, cpu = [], time.process_time()
    for i in range(TURNS):
        wall.append(one_turn(customer, conversation, ask_for(HISTORY + WARM + i))[0] * 1000)
    cpu = (time.process_time() - cpu) * 1000 / TURNS
    quantiles = statistics.quantiles(wall, n=100)
    return {"p50": statistics.median(wall), "p95": quantiles[94], "cpu": cpu}


def floors() -> dict[str, float]:
    """p50 in milliseconds of cte2 and cte5 through the sync driver, on the same cluster."""
    from django.db import connection

    from evals.scratch import url_of

    if not BENCH.is_dir():
        return {}
    settings = {**connection.settings_dict, "NAME": "perf"}
    dsn = f"host={settings['HOST']} user={settings['USER']} dbname=perf"
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "PERF_ROOT": folder, "PERF_DSN": dsn, "PERF_TCPDSN": dsn, "ONLY1": "1", "QUIET_S": "1",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "bench_floor_pg.py", "cte2", "cte5"],
            cwd=BENCH, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row.get("bench") == "floor_pg" and row.get("driver") == "sync":
            found[row["shape"]] = row["p50_ms"]
    if not found:
        sys.exit(f"The floors did not run against {url_of(settings)}: {done.stderr.strip().splitlines()[-1:]}")
    return found


def report(rounds: list[dict[str, Any]]) -> None:
    """Print every round, and the medians of those whose floors stood still."""
    good = []
    for number, one in enumerate(rounds, 1):
        before, after = one["before"], one["after"]
        steady = all(max(before[k], after[k]) <= TOLERANCE * min(before[k], after[k]) for k in before)
        floor = {k: (before[k] + after[k]) / 2 for k in before}
        ratios = {f"x_{k}": one["ours"]["p50"] / floor[k] for k in floor}
        row = {"round": number, **one["ours"], **floor, **ratios, "steady": steady}
        print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}))
        if steady:
            good.append(row)
    if not good:
        sys.exit("Every round's floors moved by more than 15 %: the machine is too busy to measure.")
    keys = [k for k in good[0] if k not in ("round", "steady")]
    print(
        json.dumps({"T1": {k: round(statistics.median(row[k] for row in good), 3) for k in keys}, "rounds": len(good)})
    )


if __name__ == "__main__":
    main()
