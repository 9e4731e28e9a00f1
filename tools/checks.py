"""What must hold of the capabilities and of the pack before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from tools import pack
from tools.contract import Capability, Idempotency, Kind, Retry
from tools.registry import CAPABILITIES, MOST_CAPABILITIES, NAMES


@register()
def check_capabilities(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """S4-27 and D16: few capabilities, each of them complete."""
    return list(problems(CAPABILITIES))


@register()
def check_pack(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """The company loads, and offers only capabilities that have a contract."""
    try:
        unknown = sorted(set(pack.active().fulfil) - set(CAPABILITIES))
    except ImproperlyConfigured as error:
        return [Error(str(error), id="tools.E005")]
    return [Error(f"The pack fulfils {name!r}, which has no contract in tools/capabilities.", id="tools.E006")
            for name in unknown]  # fmt: skip


def problems(capabilities: dict[str, Capability]) -> Iterator[Error]:
    """Everything that is wrong with a set of capabilities."""
    if len(capabilities) > MOST_CAPABILITIES:
        yield Error(f"{len(capabilities)} capabilities: at most {MOST_CAPABILITIES}, or the wrong one gets picked.",
                    hint="Put the new endpoint behind an existing capability.", id="tools.E001")  # fmt: skip
    for name, capability in capabilities.items():
        if name not in NAMES:
            yield Error(f"{name!r} is not one of the names in tools/registry.py.", id="tools.E002")
        if capability.kind is Kind.WRITE and not capability.rules:
            yield Error(f"{name} writes and has no rules.", hint="Number them in tools/rules.md.", id="tools.E003")
        if capability.kind is Kind.WRITE and _repeats(capability):
            yield Error(f"{name} writes, so it is never retried and needs an idempotency key.", id="tools.E004")


def _repeats(capability: Capability) -> bool:
    return capability.retry is not Retry.NEVER or capability.idempotency is not Idempotency.KEY
