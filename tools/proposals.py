"""What binds a write: one hash over everything that people and critics look at."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .contract import Plan


def hash_of(capability: str, args: dict[str, Any], plan: Plan, customer_id: int) -> str:
    """The seal of a proposal: change an argument, an amount, a line, the route or the customer, and it is another."""
    whole = [capability, args, plan.to_json(), customer_id]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
