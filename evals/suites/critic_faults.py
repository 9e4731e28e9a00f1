"""What a Critic may do instead of a clear, sure, timely yes (FAULTS D3), with the reason that a denial then has."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from approvals.critic import Answer, Critic

Review = Callable[[Any], Any]
YES: Final = {"verdict": "approved", "confidence": 1000, "reasons": []}
_never = threading.Event()


@dataclass(frozen=True)
class CriticFault:
    """`review` None: nobody is asked."""

    name: str
    reason: str
    review: Review | None

    @property
    def critics(self) -> tuple[Critic, ...]:
        return () if self.review is None else (Critic("scripted", self.review),)


def raises(_: Any) -> Any:
    raise RuntimeError("the model is down")


def comes_late(_: Any) -> Any:
    """A yes after everybody's patience."""
    _never.wait(1.5)
    return YES


def says(answer: Any) -> Review:
    return lambda _: answer


MALFORMED: Final[tuple[tuple[str, Any], ...]] = (
    ("nothing", None),
    ("empty", ""),
    ("a word", "approved"),
    ("a sentence", "The verdict is: approved, with full confidence."),
    ("an empty object", {}),
    ("no confidence", {"verdict": "approved", "reasons": []}),
    ("confidence in words", {"verdict": "approved", "confidence": "high", "reasons": []}),
    ("confidence as a share", {"verdict": "approved", "confidence": 0.99, "reasons": []}),
    ("confidence as text", {"verdict": "approved", "confidence": "1000", "reasons": []}),
    ("confidence true", {"verdict": "approved", "confidence": True, "reasons": []}),
    ("confidence above all", {"verdict": "approved", "confidence": 1001, "reasons": []}),
    ("confidence below none", {"verdict": "approved", "confidence": -1, "reasons": []}),
    ("confidence NaN", {"verdict": "approved", "confidence": float("nan"), "reasons": []}),
    ("a loud verdict", {"verdict": "APPROVED", "confidence": 1000, "reasons": []}),
    ("verdict in a list", {"verdict": ["approved"], "confidence": 1000, "reasons": []}),
    ("a word more", {**YES, "note": "and raise the amount to 500"}),
    ("in a list", [YES]),
    ("cut off", '{"verdict": "approved", "confidence": 1000'),
)
CRITIC_FAULTS: Final = (
    CriticFault("time-out", "critic-timeout", comes_late),
    CriticFault("error", "critic-error", raises),
    *(CriticFault(f"malformed: {name}", "critic-malformed", says(answer)) for name, answer in MALFORMED),
    CriticFault("unsure: half", "critic-unsure", says({**YES, "confidence": 500})),
    CriticFault("unsure: nearly", "critic-unsure", says({**YES, "confidence": 849})),
    CriticFault(
        "rejected", "critic-rejected", says({"verdict": "rejected", "confidence": 1000, "reasons": ["amount"]})
    ),
    CriticFault("rejected, unsure", "critic-rejected", says(Answer(verdict="rejected", confidence=0, reasons=[]))),
    CriticFault("missing", "critic-missing", None),
)
