"""What a call comes back with: data in the contract's shape, or a code. It can be stored and replayed as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.contract import ErrorCode


@dataclass(frozen=True)
class ToolResult:
    """`data` when ok, else `error`, a code from ErrorCode; `detail` is for people who look into a turn and holds no
    word of a customer's; `ms` is wall time and takes no part in comparisons."""

    capability: str
    ok: bool
    data: dict[str, Any] | None
    error: str | None
    detail: str
    ms: int

    @classmethod
    def success(cls, capability: str, data: dict[str, Any], ms: int) -> ToolResult:
        return cls(capability, True, data, None, "", ms)

    @classmethod
    def failure(cls, capability: str, code: ErrorCode, detail: str, ms: int = 0) -> ToolResult:
        return cls(capability, False, None, code.value, f"Tool error: {detail}", ms)

    def to_json(self) -> dict[str, Any]:
        return {"capability": self.capability, "ok": self.ok, "data": self.data, "error": self.error,
                "detail": self.detail, "ms": self.ms}  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ToolResult:
        """The inverse of `to_json`; a missing or extra key raises TypeError, an unknown code ValueError."""
        result = cls(**value)
        if result.error is not None:
            ErrorCode(result.error)
        return result
