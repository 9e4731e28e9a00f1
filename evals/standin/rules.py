"""What the Messages API refuses, as its reference and its releases say: fields, order of messages, tools, models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

VERSIONS: Final = ("2023-06-01", "2026-10-21")
MOST_BYTES: Final = 32_000_000
MOST_MARKS: Final = 4  # cache_control in one request
_TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_SAMPLING: Final = ("temperature", "top_p", "top_k")
# Words of JSON schema that structured outputs don't know.
_UNKNOWN_WORDS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems"}
    | {"uniqueItems", "minProperties", "maxProperties", "patternProperties", "oneOf", "not", "if", "then", "else"}
)
_STEPS: Final = ("low", "medium", "high")


class RefusedError(Exception):
    """An answer with this status, type and message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


@dataclass(frozen=True)
class Model:
    """What is peculiar to a model. `quiet`: ways of telling it not to think; `least_cached`: tokens of a prefix."""

    quiet: tuple[str, ...]
    effort: tuple[str, ...] = (*_STEPS, "xhigh", "max")
    samples: bool = False
    continues: bool = False
    is_forced: bool = True
    most_output: int = 128_000
    context: int = 1_000_000
    least_cached: int = 1024


MODELS: Final = {
    "claude-haiku-5-5": Model(("disabled",)),
    "claude-sonnet-5-5": Model(("between_tools",), is_forced=False),
    "claude-opus-5-5": Model((), is_forced=False),
    "claude-sonnet-5": Model(("disabled",)),
    "claude-opus-5": Model(("disabled",)),
    "claude-haiku-4-5": Model(
        ("disabled", "enabled"), (), samples=True, continues=True, most_output=64_000, context=200_000
    ),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Mark(_Strict):
    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None


class Text(_Strict):
    type: Literal["text"]
    text: str
    cache_control: Mark | None = None


class Use(_Strict):
    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]
    cache_control: Mark | None = None


class ToolAnswer(_Strict):
    type: Literal["tool_result"]
    tool_use_id: str
    content: str | list[Text] = ""
    is_error: bool | None = None
    cache_control: Mark | None = None


Block = Annotated[Text | Use | ToolAnswer, Field(discriminator="type")]


class Message(_Strict):
    role: Literal["user", "assistant"]
    content: str | list[Block]

    def blocks(self) -> list[Text | Use | ToolAnswer]:
        return [Text(type="text", text=self.content)] if isinstance(self.content, str) else list(self.content)


class Tool(_Strict):
    name: str
    input_schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None
    type: Literal["custom"] | None = None
    cache_control: Mark | None = None


class Format(_Strict):
    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class Output(_Strict):
    effort: str | None = None
    format: Format | None = None


class Thinking(_Strict):
    type: Literal["enabled", "disabled", "adaptive", "between_tools"]
    budget_tokens: int | None = None


class Choice(_Strict):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Metadata(_Strict):
    user_id: str | None = None


class Body(_Strict):
    """A request, when it may be one."""

    model: str
    max_tokens: int = Field(ge=1)
    messages: list[Message] = Field(min_length=1)
    system: str | list[Text] | None = None
    tools: list[Tool] | None = None
    tool_choice: Choice | None = None
    output_config: Output | None = None
    thinking: Thinking | None = None
    metadata: Metadata | None = None
    stop_sequences: list[str] | None = None
    stream: bool = False
    service_tier: Literal["auto", "standard_only"] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None

    def system_blocks(self) -> list[Text]:
        return [Text(type="text", text=self.system)] if isinstance(self.system, str) else list(self.system or ())


def read(said: Any, version: str) -> Body:
    """The request; RefusedError when the API would refuse it."""
    try:
        body = Body.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise bad(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    model = MODELS.get(body.model)
    if model is None:
        raise RefusedError(404, "not_found_error", f"model: {body.model}")
    for check in (_sampling, _limits, _order, _texts, _tool_order, _tools, _thinking, _format, _marks):
        check(body, model)
    if version != VERSIONS[0] and any(getattr(body, name) is not None for name in _SAMPLING):
        raise bad(f"{_SAMPLING[0]}: is not accepted by this version")
    return body


def bad(message: str) -> RefusedError:
    return RefusedError(400, "invalid_request_error", message)


def _sampling(body: Body, model: Model) -> None:
    for name in _SAMPLING:
        if getattr(body, name) is not None and not model.samples:
            raise bad(f"{name}: is not supported by this model")


def _limits(body: Body, model: Model) -> None:
    if body.max_tokens > model.most_output:
        raise bad(f"max_tokens: {body.max_tokens} > {model.most_output}, the most that this model writes")


def _order(body: Body, model: Model) -> None:
    if body.messages[0].role != "user":
        raise bad("messages: first message must use the user role")
    if body.messages[-1].role == "assistant" and not model.continues:
        raise bad("messages: this model does not support assistant message prefill")


def _texts(body: Body, model: Model) -> None:
    blocks: list[Any] = [*body.system_blocks(), *(block for one in body.messages for block in one.blocks())]
    if any(isinstance(block, Text) and not block.text.strip() for block in blocks):
        raise bad("messages: text content blocks must contain non-whitespace text")
    if any(not one.blocks() for one in body.messages):
        raise bad("messages: content must not be empty")


def _tool_order(body: Body, model: Model) -> None:
    """Each use has its answer in the next message, and each answer a use in the one before."""
    open_uses: set[str] = set()
    for message in body.messages:
        answers = {block.tool_use_id for block in message.blocks() if isinstance(block, ToolAnswer)}
        if answers - open_uses:
            raise bad("messages: tool_result without a tool_use of that id in the previous message")
        if open_uses - answers:
            raise bad("messages: tool_use without a tool_result in the next message")
        open_uses = {block.id for block in message.blocks() if isinstance(block, Use)}
        if open_uses and message.role == "user":
            raise bad("messages: tool_use is the assistant's")


def _tools(body: Body, model: Model) -> None:
    names = [tool.name for tool in body.tools or ()]
    if any(not _TOOL_NAME.fullmatch(name) for name in names) or len(set(names)) != len(names):
        raise bad("tools: names must be unique and match [a-zA-Z0-9_-]{1,128}")
    if any(tool.input_schema.get("type") != "object" for tool in body.tools or ()):
        raise bad("tools.input_schema.type: must be object")
    choice = body.tool_choice
    if choice is None:
        return
    if not names:
        raise bad("tool_choice: may only be given with tools")
    if choice.type in ("any", "tool") and not model.is_forced:
        raise bad("tool_choice: this model does not support forced tool use")
    if choice.type == "tool" and choice.name not in names:
        raise bad("tool_choice.name: no such tool")


def _thinking(body: Body, model: Model) -> None:
    effort = body.output_config.effort if body.output_config else None
    if effort is not None and effort not in model.effort:
        raise bad("output_config.effort: is not supported by this model")
    if body.thinking is None or (body.thinking.type == "adaptive" and model.effort):
        return
    if body.thinking.type not in model.quiet:
        raise bad(f"thinking.type.{body.thinking.type}: is not supported by this model")
    if model.effort and effort not in (None, *_STEPS):
        raise bad(f"thinking.type.{body.thinking.type}: may not be combined with this effort")


def _format(body: Body, model: Model) -> None:
    if body.output_config is None or body.output_config.format is None:
        return
    for part in _parts(body.output_config.format.schema_):
        if _UNKNOWN_WORDS & set(part):
            raise bad(f"output_config.format.schema: {min(_UNKNOWN_WORDS & set(part))} is not supported")
        if part.get("type") == "object" and part.get("additionalProperties") is not False:
            raise bad("output_config.format.schema: additionalProperties must be false for every object")


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema; names of properties are none."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            yield from (part for one in value.values() for part in _parts(one))
        elif key in ("items", "additionalProperties"):
            yield from _parts(value)
        elif key in ("anyOf", "allOf"):
            yield from (part for one in value for part in _parts(one))


def _marks(body: Body, model: Model) -> None:
    marked = [*body.system_blocks(), *(body.tools or ()), *(b for one in body.messages for b in one.blocks())]
    if sum(one.cache_control is not None for one in marked) > MOST_MARKS:
        raise bad(f"cache_control: at most {MOST_MARKS} blocks")
