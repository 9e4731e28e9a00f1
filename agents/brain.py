"""The seam of the models: what reads, chooses and words, and may be mistaken or obey an attacker.

Five roles, each asked *behind* the offline reading and handed it: there is always an answer that needs no model.

- `read`    what a message wants: intents of the taxonomy;
- `fill`    what it names: typed slots, each with the place in the customer's own message where it stands;
- `choose`  which edge to take, at a node that has judgements (workflow.py), and of those alone. An edge whose condition
            reads a rule, the Critic, the gate, a proof or a record is the engine's; today that is every edge there is;
- `word`    how to say a line that binds nobody: read-backs, outcomes of writes and disclosures are the code's own;
- `wish`    what else a look might ask, of the tools that its node lists.

A brain sees a `Sight` and holds no tool, row or connection. What it answers is recorded through a port, so that a
replay asks nobody, and goes through `guards/backed.py`, which trusts none of it: what is refused there is noted in the
trace, and the offline reading stands. `OFFLINE` is that reading itself; nothing of it is recorded twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from agents.grammar import SlotValue
from agents.intents.answer import IntentAnswer
from agents.results import Result
from agents.workflow import Edge


@dataclass(frozen=True)
class Sight:
    """What a role is shown. All of it is data, and any of it may be an attack.

    `prompt`: the role's own instructions, with the release's canary in them; `said`: the customer's earlier messages,
    oldest first; `records`: what tools have answered in this turn, passages among it; `tools`: those of the node.
    """

    prompt: str
    text: str
    said: tuple[str, ...] = ()
    records: tuple[Any, ...] = ()
    customer: Mapping[str, Any] = field(default_factory=dict)
    intents: tuple[str, ...] = ()
    line: str = ""
    tools: tuple[str, ...] = ()


class Wish(Result):
    """One question to a tool that reads."""

    tool: str
    args: dict[str, str | int | bool] = {}


class Brain(Protocol):
    """Whoever plays the roles. It may raise: then nothing was answered."""

    @property
    def name(self) -> str:
        """What a release pins."""

    def read(self, sight: Sight, offline: IntentAnswer) -> IntentAnswer: ...

    def fill(self, sight: Sight, offline: Mapping[str, SlotValue]) -> Mapping[str, SlotValue]: ...

    def choose(self, sight: Sight, edges: Sequence[Edge], offline: Edge) -> str:
        """The target of one of the edges."""

    def word(self, sight: Sight, offline: str) -> str: ...

    def wish(self, sight: Sight) -> Sequence[Wish]: ...


class OfflineBrain:
    """Rules, examples, grammar and templates: what was read without a model is the answer."""

    name: Final = "offline"

    def read(self, sight: Sight, offline: IntentAnswer) -> IntentAnswer:
        return offline

    def fill(self, sight: Sight, offline: Mapping[str, SlotValue]) -> Mapping[str, SlotValue]:
        return offline

    def choose(self, sight: Sight, edges: Sequence[Edge], offline: Edge) -> str:
        return offline.target

    def word(self, sight: Sight, offline: str) -> str:
        return offline

    def wish(self, sight: Sight) -> Sequence[Wish]:
        return ()


OFFLINE: Final[Brain] = OfflineBrain()
# By the name that a release pins.
BRAINS: Final[dict[str, Brain]] = {OFFLINE.name: OFFLINE}
