"""A model's opinion on a write, beside the rules Critic's: only an explicit, sure approval counts there.

It sees the proposal and the customer's own words, never a recap and never what a note says about either.
"""

from __future__ import annotations

import json
from typing import Any, Final

from agents.brain import Sight
from agents.guards.backed import certain
from approvals.critic import Answer, Brief

from .base import Ask, Role

ROLE: Final = Role("critic", reads=6000, says=200, seconds=8, shape=Answer)
NAME: Final = "model"


def review(brief: Brief, prompt: str, model: str, ask: Ask) -> Any:
    """Whatever the model answered: the wrapper decides whether that is an approval."""
    call = brief.call
    change = {
        "capability": call.capability,
        "arguments": call.args,
        "signed_in": brief.asker.customer_ref is not None,
        "read_back_and_confirmed": brief.asker.confirmed,
        "comes_to": call.plan,
        "on_record": certain(call.record),
        "other_writes_on_this_order": list(brief.own),
    }
    said = "\n".join(f"- {json.dumps(one, ensure_ascii=False)}" for one in brief.said)
    task = (
        f"The change:\n{json.dumps(change, sort_keys=True, default=str)}\n\nThe customer wrote, oldest first:\n{said}"
    )
    return ask(ROLE.request(Sight(prompt, ""), model, task)).data
