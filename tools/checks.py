"""What must hold of the capabilities and of the pack before anything starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from tools import pack, rules
from tools.contract import Capability, Idempotency, Kind, Retry
from tools.registry import CAPABILITIES, MOST_CAPABILITIES, NAMES
from tools.rules import Rule

SENTENCE: Final = re.compile(r"^\| ([A-Z]+-\d+) \| \S", re.MULTILINE)


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


@register()
def check_rules(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """S4-27: a rule is a numbered sentence and a function, ours and the company's alike."""
    try:
        company = pack.active()
    except ImproperlyConfigured:
        return []  # check_pack says so
    base = Path(rules.__file__).with_suffix(".md")
    return [*unwritten(rules.RULES, base), *unwritten(company.rules, company.policy.with_name("rules.md")),
            *doubled((*rules.RULES, *company.rules))]  # fmt: skip


def unwritten(known: Sequence[Rule], document: Path) -> Iterator[Error]:
    """The numbers of functions and of sentences that don't stand at the same place in both."""
    written = SENTENCE.findall(document.read_text(encoding="utf-8")) if document.exists() else []
    numbers = [rule.number for rule in known]
    for number in sorted(set(numbers) ^ set(written)):
        what = "no sentence" if number in numbers else "no function"
        yield Error(f"Rule {number} has {what}.", hint=f"Look at {document} and the rules.py beside it.",
                    id="tools.E007")  # fmt: skip
    if set(numbers) == set(written) and numbers != written:
        yield Error(f"{document} names its rules in another order than rules.py, or one of them twice.",
                    hint="The first denial counts, so both keep one order.", id="tools.E007")  # fmt: skip


def doubled(known: Sequence[Rule]) -> Iterator[Error]:
    numbers = [rule.number for rule in known]
    for number in sorted({one for one in numbers if numbers.count(one) > 1}):
        yield Error(f"Two rules are called {number}.", hint="A decision stores the number alone.", id="tools.E008")


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
        for number in set(capability.rules) - {rule.number for rule in rules.RULES}:
            yield Error(f"{name} names {number}, which is no rule.", hint="See tools/rules.md.", id="tools.E009")
        if capability.kind is Kind.WRITE and _repeats(capability):
            yield Error(f"{name} writes, so it is never retried and needs an idempotency key.", id="tools.E004")


def _repeats(capability: Capability) -> bool:
    return capability.retry is not Retry.NEVER or capability.idempotency is not Idempotency.KEY
