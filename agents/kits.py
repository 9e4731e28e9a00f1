"""What a release pins, loaded once per process: policy, taxonomy, workflows, voice and pack, handed down to the turn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from knowledge.policy import Policy

from knowledge.models import ConfigVersion
from tools import pack
from tools.pack import Pack

from .escalation import Limits
from .intents import taxonomy
from .intents.cascade import Cascade
from .models import Release
from .ports import digest
from .voice import Voice
from .workflow import Workflow
from .workflows import WORKFLOWS


class StaleReleaseError(RuntimeError):
    """The release pins something else than what is installed; the text says what."""


@dataclass(frozen=True)
class Kit:
    """Everything that a turn may lean on beside its own record."""

    release: int
    policy: Policy
    limits: Limits
    taxonomy: taxonomy.Taxonomy
    cascade: Cascade
    workflows: dict[str, Workflow]
    voice: Voice
    pack: Pack


def current_pins(policy: ConfigVersion, intents: ConfigVersion) -> dict[str, object]:
    """What a release made now would pin. Prompts and models join when there are some."""
    return {
        "policy": [policy.pk, policy.digest],
        "taxonomy": [intents.pk, intents.digest],
        "workflows": {name: flow.version for name, flow in sorted(WORKFLOWS.items())},
        "voice": Voice.load(pack.active().voice).digest,
        "pack": pack.active().name,
        "models": {"brain": "offline"},
    }


@lru_cache(maxsize=8)
def load(release_id: int) -> Kit:
    """The kit of a release. Its rows never change, so a process reads them once."""
    pins = Release.objects.values_list("pins", flat=True).get(pk=release_id)
    policy_row = pinned(pins["policy"])
    words = taxonomy.parse(pinned(pins["taxonomy"]).body)
    policy = Policy.parse(policy_row.body)
    company = pack.active()
    return Kit(
        release=release_id,
        policy=policy,
        limits=limits_of(policy),
        taxonomy=words,
        cascade=Cascade(words),
        workflows=WORKFLOWS,
        voice=Voice.load(company.voice),
        pack=company,
    )


def pinned(pin: list[object]) -> ConfigVersion:
    """The pinned version, or StaleReleaseError when its text is no longer the one that was pinned."""
    row = ConfigVersion.objects.get(pk=pin[0])
    if row.digest != pin[1] or digest(row.body) != pin[1]:
        raise StaleReleaseError(f"{row} has changed since it was released. Make a new version and release that.")
    return row


def limits_of(policy: Policy) -> Limits:
    """The policy's numbers in the shape that the escalation list wants."""
    raise NotImplementedError
