"""Its systems as a whole, for exams: filled from a folder, and put back afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.packs.notely.systems import SYSTEMS, Invoice, Workspace
from tests.packs.notely.systems import reset as begin_anew
from tools.pack import BadDataError


def load(folder: Path) -> dict[str, int]:
    """workspaces.json in place of the workspaces: {number: {plan, flags}}."""
    begin_anew()
    try:
        rows = json.loads((folder / "workspaces.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadDataError(f"{folder} needs a workspaces.json.") from error
    for number, row in rows.items():
        space = Workspace(number, ("A", "B", f"{number}@example.com"), row["plan"], flags=tuple(row["flags"]))
        SYSTEMS.workspaces[number] = space
        invoice = f"NT-{3000 + len(SYSTEMS.invoices)}"
        SYSTEMS.invoices[invoice] = Invoice(invoice, number, 900, SYSTEMS.invoices["NT-2041"].at)
    return {"workspaces": len(rows)}


def dump() -> dict[str, Any]:
    """As JSON has it: a workspace is its own user."""
    rows: dict[str, Any] = json.loads(json.dumps({number: asdict(one) for number, one in SYSTEMS.workspaces.items()}))
    return {"users": rows}


def reset() -> dict[str, int]:
    begin_anew()
    return {"workspaces": len(SYSTEMS.workspaces)}


def ledger() -> list[dict[str, Any]]:
    return [{"key": str(key), **wish} for key, (wish, _) in SYSTEMS.ledger.items()]


@contextmanager
def scratch() -> Iterator[None]:
    """They are in this process, so they are their own copy."""
    begin_anew()
    yield
    begin_anew()
