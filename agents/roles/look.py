"""What else to look up (S2-01): the node's own tools that read, asked for side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agents.brain import Sight, Wish
from agents.llm.shapes import ToolSpec

from .base import Ask, Role

ROLE: Final = Role("look", reads=6000, says=300, seconds=6)
TEXT: Final[Mapping[str, Any]] = {"type": "string"}
# What a wish may name of each tool; the rest of its arguments is the code's (guards/backed.py).
TOOLS: Final[Mapping[str, ToolSpec]] = {
    one.name: one
    for one in (
        ToolSpec("search_knowledge", "Look for passages in the company's pages.", {
            "type": "object", "properties": {"query": TEXT}, "required": ["query"], "additionalProperties": False}),
        ToolSpec("get_order", "Look up an order of this customer.", {
            "type": "object", "properties": {"order_id": TEXT}, "required": ["order_id"],
            "additionalProperties": False}),
        ToolSpec("get_customer", "Look up this customer's account and orders.", {
            "type": "object", "properties": {}, "additionalProperties": False}),
    )
}  # fmt: skip


def wish(sight: Sight, model: str, ask: Ask) -> list[Wish]:
    tools = [TOOLS[name] for name in sight.tools if name in TOOLS]
    if not tools:
        return []
    reply = ask(ROLE.request(sight, model, f"The newest message:\n{sight.text}", sight.records, tools))
    return [Wish(tool=call.name, args=dict(call.input)) for call in reply.calls]
