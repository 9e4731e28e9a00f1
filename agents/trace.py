"""The trace of a turn: exported with exactly the keys of the reference schema, shown to operators step by step."""

from __future__ import annotations

from typing import Any, Final

from conversations.models import Message
from knowledge.models import ConfigVersion, Passage

from .memory import Memory
from .models import Release, Step, Turn
from .packet import going

ARCHITECTURE: Final = "customer-support-agent"


def exported(turn: Turn) -> dict[str, Any]:
    """S0-26: these eleven keys and no others. Latency in milliseconds, cost in US dollars."""
    figures = turn.figures
    return {
        "request_id": f"req_{turn.pk.hex}",
        "architecture": ARCHITECTURE,
        "conversation_id": f"c_{turn.conversation.public_id.hex}",
        "tools_called": figures["tools"],
        "approval_required": figures.get("approval_required", False),
        "approval_granted": figures.get("approval_granted", False),
        "escalated_to_human": figures["escalated"],
        "steps": figures["steps"],
        "output_tokens": figures["output_tokens"],
        "latency_ms": figures["latency_ms"],
        "cost_usd": figures["cost_micros"] / 1_000_000,
    }


def shown(turn: Turn) -> dict[str, Any]:
    """A turn for the console: its steps in order, and the parts that people ask about by name."""
    steps = list(Step.objects.filter(turn_id=turn.pk).order_by("n"))
    by_kind = {step.kind: step for step in steps}

    def data(kind: str) -> dict[str, Any]:
        return by_kind[kind].data if kind in by_kind else {}

    return {
        "id": str(turn.pk),
        "n": turn.attempt,
        "at": turn.at,
        "outcome": turn.get_outcome_display(),
        "latency_ms": turn.figures["latency_ms"],
        "path": [row(step) for step in steps],
        "intents": understood(data("triage").get("intent")),
        "triage": {k: v for k, v in data("triage").items() if k != "intent"},
        "escalation": by_kind["escalation"].name if "escalation" in by_kind else "none",
        "tools": turn.figures["tools"],
        "sources": sources(turn),
        "guard": data("guard"),
        "violations": turn.figures.get("violations", []),
        "ran_under": pinned(turn.release),
        "trace": exported(turn),
    }


def sources(turn: Turn) -> list[dict[str, Any]]:
    """What the reply of a turn was quoted from, as it stood then: a version's words never change. One entry a passage,
    with the specifics that it vouches for; `newer`: the number of the version that holds today, where it is another."""
    receipts: dict[int, list[str]] = {}
    said = Message.objects.filter(turn_id=turn.pk).values_list("extra", flat=True)
    for receipt in [one for extra in said for one in extra.get("receipts", ())]:
        receipts.setdefault(receipt["passage_id"], []).append(receipt["specific"])
    rows = Passage.objects.filter(pk__in=receipts).select_related("version__article__current").order_by("pk")
    return [
        {
            "title": row.version.title,
            "version": row.version.number,
            "text": row.text,
            "vouches_for": receipts[row.pk],
            "newer": newer(row),
        }
        for row in rows
    ]


def newer(passage: Passage) -> int | None:
    current = passage.version.article.current
    return None if current is None or current.pk == passage.version_id else int(current.number)


def mood(state: dict[str, Any]) -> dict[str, Any]:
    """How the conversation goes: strength of the mood by message (0 calm to 3 angry), and misses in a row."""
    memory = Memory.read(state)
    return {"moods": memory.moods, "way": going(memory.moods) if memory.moods else "", "misses": memory.misses}


def pinned(release: Release) -> dict[str, Any]:
    """The release and the versions that it pins: what was said was said under these."""
    found = ConfigVersion.objects.in_bulk([release.pins[kind][0] for kind in ConfigVersion.Kind.values])
    return {"release": release, "versions": [found[release.pins[kind][0]] for kind in ConfigVersion.Kind.values]}


def understood(answer: dict[str, Any] | None) -> dict[str, Any]:
    """What the cascade answered, for people: names with their certainty, and who decided."""
    if answer is None:
        return {}
    listed = {
        kind: [f"{c['name']} ({c['confidence'] / 10:.0f} %)" for c in answer[kind]] for kind in ("intents", "guesses")
    }
    found = {"wants": ", ".join(listed["intents"]) or "not understood", "decided_by": answer["tier"]}
    return found | ({"perhaps": ", ".join(listed["guesses"])} if listed["guesses"] else {})


def row(step: Step) -> dict[str, Any]:
    return {
        "n": step.n,
        "kind": step.data.get("kind", step.kind) if step.kind == "node" else step.kind,
        "node": step.name,
        "edge": step.data.get("edge") or step.data.get("waits_for", ""),
        "to": step.data.get("to", ""),
        "ms": step.ms,
        "detail": {k: v for k, v in step.data.items() if k not in ("kind", "edge", "to", "workflow")},
    }
