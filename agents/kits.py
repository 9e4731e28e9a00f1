"""What a release pins, loaded once per process: policy, taxonomy, workflows, voice, pack; handed down to the turn."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.conf import settings
from django.utils.crypto import salted_hmac

from approvals.critic import Critic
from conversations.pauses import NOTHING, Paused
from knowledge import embeddings, examples
from knowledge.models import ConfigVersion
from knowledge.policy import Policy, Trigger
from tools import pack
from tools.pack import Pack

from . import own, voice
from .brain import OFFLINE, Brain
from .brains import BRAINS
from .escalation import REASONS, Limits
from .guards.output import SpeechRules
from .intents.answer import IntentAnswer
from .intents.cascade import classify
from .intents.readings import Readings
from .intents.taxonomy import Taxonomy
from .intents.taxonomy import load as base_taxonomy
from .lexicon import Lexicon
from .modelled import ROLES
from .models import Release
from .roles import prompts
from .workflow import Workflow
from .workflows import WORKFLOWS

READ: Final = Readings()


class StaleReleaseError(RuntimeError):
    """The release pins something else than what is installed; the text says what."""


# Ways in which a release can't be read: nobody may guess what it meant.
UNREADABLE: Final = (StaleReleaseError, ValueError, yaml.YAMLError)


@dataclass(frozen=True)
class Kit:
    """Everything that a turn may lean on beside its own record."""

    release: int
    policy: Policy
    limits: Limits
    lexicon: Lexicon
    speech: SpeechRules
    disclosures: dict[str, str]
    taxonomy: Taxonomy
    workflows: dict[str, Workflow]
    pack: Pack
    critics: tuple[Critic, ...] = ()  # further opinions on a write, beside the rules Critic's
    authority: int = 0
    paused: Paused = NOTHING  # by the red switch, as the turn's claim has read it
    brain: Brain = OFFLINE
    examples: tuple[str, ...] = ()  # solved conversations, anonymous, that an editor shows to roles (S3-03)
    canary: str = ""  # stands in every instruction of a brain, and in nothing that is ever said

    def classify(self, text: str, history: list[str], expecting: str | None) -> IntentAnswer:
        def read() -> IntentAnswer:
            folder = settings.HANDRAIL_MODELS_DIR
            return classify(text, history, self.taxonomy, embeddings, expecting=expecting, folder=folder)

        return READ.of(self.taxonomy, text, history, expecting, read)

    def likeness(self, said: str, names: list[str]) -> list[int]:
        """How near each name comes to what was said, in thousandths."""
        asked = embeddings.encode([said])[0]
        return [round(1000 * float(asked @ vector_of(name))) for name in names]


@lru_cache(maxsize=512)
def vector_of(name: str) -> embeddings.Vectors:
    """A catalogue repeats itself, customers' texts are not kept."""
    vector: embeddings.Vectors = embeddings.encode([name])[0]
    return vector


def current_pins(
    policy: ConfigVersion, intents: ConfigVersion, authority: int = 0, shown: Sequence[str] = ()
) -> dict[str, object]:
    """What a release made now would pin. `shown`: digests of the examples that roles see."""
    company = pack.active()
    return {
        "policy": [policy.pk, policy.digest],
        "taxonomy": [intents.pk, intents.digest],
        "workflows": {name: flow.version for name, flow in sorted(installed().items())},
        "voice": digest_of(voice.BASE, company.voice),
        "pack": company.name,
        "brain": settings.HANDRAIL_BRAIN,
        "prompts": {name: prompts.version(name) for name in sorted(set(ROLES.values()))},
        "models": dict(sorted(settings.HANDRAIL_MODELS.items())),
        "authority": authority,
        "examples": list(shown),
    }


def installed() -> dict[str, Workflow]:
    """The graphs of this code: the house's, then the company's own."""
    return {**WORKFLOWS, **own.workflows(settings.HANDRAIL_PACK)}


def digest_of(*paths: Path) -> str:
    """One digest for files that belong together; a missing one counts as empty."""
    seal = hashlib.sha256()
    for path in paths:
        seal.update(path.read_bytes() if path.exists() else b"")
        seal.update(b"\0")
    return seal.hexdigest()[:16]


@lru_cache(maxsize=8)
def load(release_id: int) -> Kit:
    """The kit of a release. Its rows never change, so a process reads them once."""
    pins = Release.objects.values_list("pins", flat=True).get(pk=release_id)
    return _kit(
        release_id,
        pinned(pins["policy"]).body,
        taxonomy_of(pinned(pins["taxonomy"]).body),
        authority=int(str(pins.get("authority", 0))),
        brain=brain_of(str(pins.get("brain", OFFLINE.name))),
        examples=examples_of(pins.get("examples", [])),
    )


def _kit(release_id: int, rules: str, words: Taxonomy, **pinned_too: Any) -> Kit:
    policy, canary = policy_of(rules), canary_of(release_id)
    return Kit(
        release=release_id,
        policy=policy,
        limits=limits_of(policy),
        lexicon=lexicon_of(rules),
        speech=speech_of(policy, canary),
        disclosures=disclosures_of(policy),
        taxonomy=words,
        workflows=installed(),
        pack=pack.active(),
        canary=canary,
        **pinned_too,
    )


def if_readable(release_id: int) -> Kit | None:
    """None for a release that can't be read: what takes its place isn't held up by that."""
    try:
        return load(release_id)
    except UNREADABLE:
        return None


def spare(release_id: int) -> Kit:
    """What a person is called with where a release can't be read: the installed texts, and no authority at all."""
    return _kit(release_id, pack.active().policy.read_text(encoding="utf-8"), base_taxonomy())


@lru_cache(maxsize=8)
def policy_of(body: str) -> Policy:
    """Releases share texts: each is parsed once."""
    return Policy.parse(body)


@lru_cache(maxsize=8)
def lexicon_of(body: str) -> Lexicon:
    """A tenth of a second of patterns, the same for every release of a policy."""
    return Lexicon(policy_of(body).triggers)


@lru_cache(maxsize=8)
def taxonomy_of(body: str) -> Taxonomy:
    return Taxonomy.model_validate(yaml.load(body, Loader=yaml.CSafeLoader))


def pinned(pin: tuple[int, str]) -> ConfigVersion:
    """The pinned version, or StaleReleaseError when its text is no longer the one that was pinned."""
    row = ConfigVersion.objects.get(pk=pin[0])
    if row.digest != pin[1]:
        raise StaleReleaseError(f"{row} has changed since it was released. Make a new version and release that.")
    return row


def limits_of(policy: Policy) -> Limits:
    """The policy's numbers in the shape that the escalation list wants."""
    bounds, sure, sensitive = policy.limits, policy.confidence, policy.sensitive
    return Limits(
        confidence=sure.proceed,
        retrieval=sure.retrieval,
        turns=bounds.turns_per_matter,
        frustrated_turns=bounds.frustrated_turns,
        conversation_turns=bounds.conversation_turns,
        history_entries=bounds.history_entries,
        not_understood=bounds.not_understood,
        failures=bounds.failures,
        dispute_cents=sensitive.payment_dispute_over_threshold.threshold_cents or 0,
        queues=queues_of(policy),
    )


def queues_of(policy: Policy) -> dict[str, str]:
    """Reason → the policy's own queue for it."""
    sensitive, own = policy.sensitive, policy.triggers.queues()
    named = {name.replace("_", "-"): getattr(sensitive, name).queue for name in type(sensitive).model_fields}
    return named | {reason: own[name] for name, reason in REASONS.items() if name in own}


def disclosures_of(policy: Policy) -> dict[str, str]:
    """The policy's exact sentences (S1-48, S1-49) for the slots that the voice has for them."""
    return {
        "ai_disclosure": policy.disclosure(Trigger.FIRST_MESSAGE),
        "data_notice": policy.disclosure(Trigger.ACCOUNT_DATA_REQUESTED),
        "security_sentence": policy.sensitive.account_security_concern.message,
    }


def brain_of(name: str) -> Brain:
    if name not in BRAINS:
        raise StaleReleaseError(f"The release pins the brain {name!r}, which isn't installed. Make a new release.")
    return BRAINS[name]


def examples_of(digests: Sequence[str]) -> tuple[str, ...]:
    """As a role reads them. One that an editor has refused since has no words any more and is shown to nobody."""
    known = {one.digest: one for one in examples.chosen()}
    found = [known[digest] for digest in digests if digest in known]
    return tuple("\n".join(f"{by}: {text}" for by, text in one.messages) for one in found)


def canary_of(release_id: int) -> str:
    """A word that nobody says by chance: where it turns up, instructions have been repeated."""
    return salted_hmac("handrail.canary", str(release_id)).hexdigest()[:20]


def speech_of(policy: Policy, *secrets: str) -> SpeechRules:
    return SpeechRules(
        prohibited_topics=policy.prohibited_topics,
        prohibited_phrases=policy.tone.prohibited_phrases,
        disclosures=tuple(text for text in disclosures_of(policy).values() if text),
        secrets=secrets,
    )
