"""A message as bytes: one JSON object, or the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from .answers import Message

PIECE: Final = 11  # characters; no word, so that nothing relies on one


def whole(message: Message) -> dict[str, Any]:
    text = [{"type": "text", "text": message.text}] if message.text or not message.wishes else []
    wishes = [
        {"type": "tool_use", "id": f"toolu_{message.id}_{n}", "name": wish.tool, "input": wish.input}
        for n, wish in enumerate(message.wishes)
    ]
    return {
        "id": message.id,
        "type": "message",
        "role": "assistant",
        "model": message.model,
        "content": [*text, *wishes],
        "stop_reason": message.stop,
        "stop_sequence": None,
        "usage": message.usage,
    }


def events(message: Message) -> Iterator[bytes]:
    """Every event of a stream in its order."""
    full = whole(message)
    begun = {**full, "content": [], "stop_reason": None, "usage": {**message.usage, "output_tokens": 1}}
    yield event("message_start", message=begun)
    for index, block in enumerate(full["content"]):
        yield from _block(index, block)
        if index == 0:
            yield event("ping")
    yield event(
        "message_delta", delta={"stop_reason": message.stop, "stop_sequence": None},
        usage={"output_tokens": message.usage["output_tokens"]},
    )  # fmt: skip
    yield event("message_stop")


def _block(index: int, block: dict[str, Any]) -> Iterator[bytes]:
    if block["type"] == "text":
        empty, kind, key, said = {**block, "text": ""}, "text_delta", "text", block["text"]
    else:
        empty, kind, key, said = {**block, "input": {}}, "input_json_delta", "partial_json", json.dumps(block["input"])
    yield event("content_block_start", index=index, content_block=empty)
    for start in range(0, len(said), PIECE if len(said) < 100_000 else 100_000):
        piece = said[start : start + (PIECE if len(said) < 100_000 else 100_000)]
        yield event("content_block_delta", index=index, delta={"type": kind, key: piece})
    yield event("content_block_stop", index=index)


def event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def error(status_type: str, message: str, request_id: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": status_type, "message": message}, "request_id": request_id}
