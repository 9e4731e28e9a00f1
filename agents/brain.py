"""The seam of the models: what reads, chooses and words, and may be mistaken or obey an attacker.

Each role is asked *behind* the offline reading and handed it: there is always an answer that needs no model.

- `read`    what a message wants: intents of the taxonomy;
- `triage`  how urgent it is and in which mood it comes; it may raise an alarm, never put one off;
- `fill`    what it names: typed slots, each with the place in the customer's own message where it stands;
- `choose`  which edge to take, at a node that has judgements (workflow.py), and of those alone. An edge whose condition
            reads a rule, the Critic, the gate, a proof or a record is the engine's; today that is every edge there is;
- `word`    how to say a line that binds nobody: read-backs, outcomes of writes and disclosures are the code's own;
- `answer`  a question from the passages that were found, each sentence with its citation, or nothing;
- `sum_up`  the matter in a sentence, for the operator who takes over;
- `wish`    what else a look might ask, of the tools that its node lists;
- `critics` further opinions on a write (approvals/critic.py): all must approve.

A brain sees a `Sight` and holds no tool, row or connection. What it answers is recorded through a port, so that a
replay asks nobody, and goes through `guards/backed.py`, which trusts none of it: what is refused there is noted in the
trace, and the offline reading stands. `OFFLINE` is that reading itself; nothing of it is recorded twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from agents.grammar import Context, SlotValue
from agents.intents.answer import IntentAnswer
from agents.llm.shapes import Account
from agents.results import Result
from agents.triage import TriageResult
from agents.workflow import Edge
from approvals.critic import Critic

from .state import ConversationState


@dataclass(frozen=True)
class Sight:
    """What a role is shown. All of it is data, and any of it may be an attack.

    `prompt`: what stands before a role's own instructions, with the release's canary in it; `said`: the customer's
    earlier messages, oldest first; `state`: the conversation as roles read it; `records`: what tools have answered in
    this turn, passages among it; `tools`: those of the node; `tier`: who has read the message's intent, "" before;
    `expecting`: the slot that the open question asks for; `titles`: what each intent means, in words; `grammar`: what
    the slots are read with; `examples`: what an editor has chosen to show, of solved conversations.
    """

    prompt: str
    text: str
    said: tuple[str, ...] = ()
    records: tuple[Any, ...] = ()
    customer: Mapping[str, Any] = field(default_factory=dict)
    intents: tuple[str, ...] = ()
    line: str = ""
    tools: tuple[str, ...] = ()
    tier: str = ""
    expecting: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    grammar: Context = field(default_factory=Context)
    state: ConversationState | None = None


class Wish(Result):
    """One question to a tool that reads."""

    tool: str
    args: dict[str, str | int | bool] = {}


class Brain(Protocol):
    """Whoever plays the roles. It may raise: then nothing was answered."""

    @property
    def name(self) -> str:
        """What a release pins."""

    def at(self, account: Account) -> Brain:
        """For one turn: who pays."""

    def wants(self, role: str, sight: Sight, offline: Any) -> bool:
        """Whether it is worth asking, behind this offline reading."""

    def version(self, role: str) -> str:
        """A digest of what the role is told; a turn is only replayed with the same."""

    def read(self, sight: Sight, offline: IntentAnswer) -> IntentAnswer: ...

    def triage(self, sight: Sight, offline: TriageResult) -> TriageResult: ...

    def fill(self, sight: Sight, offline: Mapping[str, SlotValue]) -> Mapping[str, SlotValue]: ...

    def choose(self, sight: Sight, edges: Sequence[Edge], offline: Edge) -> str:
        """The target of one of the edges."""

    def word(self, sight: Sight, offline: str) -> str: ...

    def answer(self, sight: Sight, say: Callable[[str], None]) -> str:
        """In plain words with marks, "… 14 days [1].": passage n of `sight.records`. Empty: none of them answers it.
        `say` gets each piece as it comes, and may raise to stop it."""

    def sum_up(self, sight: Sight, offline: str) -> str: ...

    def wish(self, sight: Sight) -> Sequence[Wish]: ...

    def critics(self) -> tuple[Critic, ...]: ...


class OfflineBrain:
    """Rules, examples, grammar and templates: what was read without a model is the answer."""

    name: Final = "offline"

    def at(self, account: Account) -> Brain:
        return self

    def wants(self, role: str, sight: Sight, offline: Any) -> bool:
        return False

    def version(self, role: str) -> str:
        return ""

    def read(self, sight: Sight, offline: IntentAnswer) -> IntentAnswer:
        return offline

    def triage(self, sight: Sight, offline: TriageResult) -> TriageResult:
        return offline

    def fill(self, sight: Sight, offline: Mapping[str, SlotValue]) -> Mapping[str, SlotValue]:
        return offline

    def choose(self, sight: Sight, edges: Sequence[Edge], offline: Edge) -> str:
        return offline.target

    def word(self, sight: Sight, offline: str) -> str:
        return offline

    def answer(self, sight: Sight, say: Callable[[str], None]) -> str:
        return ""

    def sum_up(self, sight: Sight, offline: str) -> str:
        return offline

    def wish(self, sight: Sight) -> Sequence[Wish]:
        return ()

    def critics(self) -> tuple[Critic, ...]:
        return ()


OFFLINE: Final[Brain] = OfflineBrain()
