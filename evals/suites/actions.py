"""Two exams of the tool layer on a shop's export: ground-truth actions (tasks), and attempts that break one rule each
(writes). What counts is the difference in the company's systems, read from them, not what we say we did."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from conversations.command import BadInputError
from evals.rows import rows_of
from tools import pack
from tools.pack import BadDataError, Operations

from .carrying_out import DONE, House, Wanted

NEAR: Final = 1e-6  # the exports carry sums like 12.340000000000002
Diff = dict[str, dict[str, dict[str, list[Any]]]]


def tasks(shop: Path, file: Path) -> dict[str, Any]:
    """{n, equal, failures}: each task's actions, then what differs in the shop, compared with what should."""
    rows = rows_of(file, ("id", "user_id", "actions", "expected_diff"))
    operations, house = company(), House()
    equal, failures = 0, []
    for batch in apart(rows, lambda row: [row["user_id"]]):
        before = filled(operations, shop, house)
        notes = {row["id"]: [f"{action['name']}: {house.carry_out(Wanted(action, row['user_id']))}"
                             for action in row["actions"] if action["write"]] for row in batch}  # fmt: skip
        after = operations.dump()
        for row in batch:
            found = owned(difference(before, after), row["user_id"], before)
            if same(found, row["expected_diff"]):
                equal += 1
            else:
                why = f"the shop differs by {short(found)}, not by {short(row['expected_diff'])}; {notes[row['id']]}"
                failures.append({"id": row["id"], "why": why})
    return {"n": len(rows), "equal": equal, "failures": failures}


def attempts(shop: Path, file: Path) -> dict[str, Any]:
    """{n, blocked, allowed, by_rule, wrong}: every attempt, after what it says was done before it."""
    needed = ("id", "authenticated_user", "authenticated", "confirmed_by_customer", "setup", "action", "expect",
              "expected_diff")  # fmt: skip
    rows = rows_of(file, needed)
    operations, house = company(), House()
    blocked, allowed, by_rule = Counter[str](), Counter[str](), Counter[str]()
    wrong: list[dict[str, str]] = []
    for batch in rounds(rows):
        before = filled(operations, shop, house)
        for row in batch:
            owner = str(row.get("order_owner") or row["authenticated_user"])
            for action in row["setup"]:
                ready = house.carry_out(Wanted(action, owner))
                if ready.got != DONE:
                    raise BadInputError(f"{row['id']}: what was to be done before it was refused ({ready}).")
            user = row["authenticated_user"] if row["authenticated"] else None
            ending = house.carry_out(Wanted(row["action"], user, row["confirmed_by_customer"]))
            counts = allowed if row["expect"] == DONE else blocked
            counts["of"] += 1
            if ending.got != DONE:
                by_rule[ending.rule or ending.why] += 1
            if ending.got == row["expect"]:
                counts["n"] += 1
            else:
                rule = f"{row.get('rule', '')} {ending.rule}".strip()
                wrong.append({"id": str(row["id"]), "rule": rule, "got": f"{ending.got} {ending.why}"})
        wrong += unlike(batch, difference(before, operations.dump()), before)
    return {"n": len(rows), "blocked": {"n": blocked["n"], "of": blocked["of"]},
            "allowed": {"n": allowed["n"], "of": allowed["of"]},
            "by_rule": dict(by_rule.most_common()), "wrong": wrong}  # fmt: skip


def unlike(batch: list[dict[str, Any]], found: Diff, before: dict[str, Any]) -> list[dict[str, str]]:
    """Attempts after which the shop isn't what it should be. Where something was done before one, only its owner's
    goods may differ at all, and how isn't said."""
    expected: Diff = {}
    free = {str(row.get("order_owner")) for row in batch if row["setup"]}
    for row in batch:
        for kind, objects in row["expected_diff"].items():
            expected.setdefault(kind, {}).update(objects)
    odd = []
    for kind in sorted({*found, *expected}):
        for name in sorted({*found.get(kind, {}), *expected.get(kind, {})}):
            is_free = owner_of(kind, name, before) in free
            if not is_free and not near(found.get(kind, {}).get(name), expected.get(kind, {}).get(name)):
                odd.append({"id": name, "rule": "difference", "got": short(found.get(kind, {}).get(name))})
    return odd


def company() -> Operations:
    operations = pack.active().operations
    if operations is None:
        raise BadInputError(f"The pack {pack.active().name!r} has no systems that can be loaded.")
    return operations


def filled(operations: Operations, shop: Path, house: House) -> dict[str, Any]:
    """The shop as the export has it, and our own books empty."""
    try:
        operations.load(shop)
    except BadDataError as error:
        raise BadInputError(str(error)) from error
    house.forget()
    return operations.dump()


def apart(rows: Iterable[dict[str, Any]], touches: Any) -> list[list[dict[str, Any]]]:
    """Batches in which no two rows touch the same thing, as few as there can be."""
    batches: list[list[dict[str, Any]]] = []
    used: list[set[str]] = []
    for row in rows:
        mine = set(touches(row))
        place = next((n for n, held in enumerate(used) if not held & mine), len(batches))
        if place == len(batches):
            batches.append([])
            used.append(set())
        batches[place].append(row)
        used[place] |= mine
    return batches


def rounds(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Batches in which each owner's goods are changed once, after everything that should leave them as they are."""
    changing: dict[str, list[dict[str, Any]]] = defaultdict(list)
    still: list[dict[str, Any]] = []
    for row in rows:
        if row["setup"] or row["expect"] == DONE:
            changing[str(row.get("order_owner") or row["authenticated_user"])].append(row)
        else:
            still.append(row)
    count = max((len(one) for one in changing.values()), default=0)
    batches = [[one[n] for one in changing.values() if n < len(one)] for n in range(count)]
    return [[*still, *batches[0]], *batches[1:]] if batches else [still]


def difference(before: dict[str, Any], after: dict[str, Any]) -> Diff:
    """{kind: {id: {field: [before, after]}}} of what isn't the same."""
    found: Diff = {}
    for kind in before:
        for name in sorted({*before[kind], *after[kind]}):
            old, new = before[kind].get(name, {}), after[kind].get(name, {})
            fields = {field: [old.get(field), new.get(field)] for field in {*old, *new}
                      if old.get(field) != new.get(field)}  # fmt: skip
            if fields:
                found.setdefault(kind, {})[name] = fields
    return found


def owned(found: Diff, user: str, before: dict[str, Any]) -> Diff:
    kept = {kind: {name: fields for name, fields in objects.items() if owner_of(kind, name, before) == user}
            for kind, objects in found.items()}  # fmt: skip
    return {kind: objects for kind, objects in kept.items() if objects}


def owner_of(kind: str, name: str, before: dict[str, Any]) -> str:
    if kind == "users":
        return name
    return str(before.get(kind, {}).get(name, {}).get("user_id", ""))


def same(found: Diff, expected: Diff) -> bool:
    return near(found, {kind: objects for kind, objects in expected.items() if objects})


def near(one: Any, other: Any) -> bool:
    """Equal, with sums equal to a hundredth of a cent."""
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(near(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        return abs(one - other) < NEAR
    return bool(one == other)


def short(value: Any) -> str:
    return json.dumps(value, default=str)[:600]
