"""What must hold of the capabilities and of the pack before anything starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from conversations.money import Money
from knowledge.policy import Policy
from knowledge.yamltext import YamlTextError
from tools import pack, rules
from tools.contract import Arguments, Capability, Idempotency, Kind, Retry
from tools.pack import Pack
from tools.registry import CAPABILITIES, MOST_CAPABILITIES, NAMES
from tools.rules import Rule
from tools.shapes import Shape

COMPANY: Final = "company"  # the tag of what is looked at before a database is filled for a company
# What an argument is called that says how much, or to whom.
SUM: Final = re.compile(r"(?:^|_)(?:amount|sum|total|price|cents|fee|iban|payee|account_number|card_number)s?(?:_|$)")
SENTENCE: Final = re.compile(r"^\| ([A-Z]+-\d+) \| \S", re.MULTILINE)


@register(COMPANY)
def check_capabilities(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """S4-27 and D16: few capabilities, each of them complete."""
    return list(problems(CAPABILITIES))


@register(COMPANY)
def check_pack(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """The company loads, and offers only capabilities that have a contract, each in its place."""
    try:
        company = pack.active()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="tools.E005")]
    own = {name: one.capability for name, one in company.own.items()}
    return [*misplaced(company), *problems(own, tuple(own), (*rules.RULES, *company.rules)), *too_many(company)]


@register(COMPANY)
def check_policy(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """How far the agent may go stands in a file that can be read: without it there is nothing to begin with."""
    try:
        file = pack.active().policy
    except ImproperlyConfigured:
        return []  # check_pack says so
    if not file.exists():
        return [Error(f"The pack has no {file}.", hint="docs/how-to/bring-your-company.md says where to take one from.",
                      id="tools.E011")]  # fmt: skip
    try:
        Policy.parse(file.read_text(encoding="utf-8"))
    except YamlTextError as error:
        return [Error(f"{file.name}: {sentence}", id="tools.E012") for sentence in error.sentences]
    return []


def misplaced(company: Pack) -> Iterator[Error]:
    """A name that nobody asks for, or asks for elsewhere, would be a capability that silently isn't there."""
    known = company.capabilities
    for place, names, kind in (("FULFIL", company.fulfil, Kind.READ), ("WRITERS", company.writers, Kind.WRITE)):
        for name in sorted(names):
            if name not in known:
                yield Error(f"The pack fulfils {name!r}, which has no contract in tools/capabilities.", id="tools.E006")
            elif known[name].kind is not kind:
                yield Error(f"{name} stands in {place}, and it is a {known[name].kind}.", id="tools.E006")


def too_many(company: Pack) -> Iterator[Error]:
    """D16: what the company has of the house's, and its own."""
    count = len(set(company.capabilities) - company.absent())
    if count > MOST_CAPABILITIES:
        yield Error(f"{company.name} has {count} capabilities: at most {MOST_CAPABILITIES}.",
                    hint="Put the new endpoint behind a capability that there is.", id="tools.E001")  # fmt: skip


@register(COMPANY)
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


def problems(
    capabilities: dict[str, Capability], names: Sequence[str] = NAMES, known: Sequence[Rule] = rules.RULES
) -> Iterator[Error]:
    """Everything that is wrong with a set of capabilities."""
    if len(capabilities) > MOST_CAPABILITIES:
        yield Error(f"{len(capabilities)} capabilities: at most {MOST_CAPABILITIES}, or the wrong one gets picked.",
                    hint="Put the new endpoint behind an existing capability.", id="tools.E001")  # fmt: skip
    for name, capability in capabilities.items():
        if name not in names or name != capability.name:
            yield Error(f"{name!r} is not one of the names in tools/registry.py.", id="tools.E002")
        if capability.kind is Kind.WRITE and not capability.rules:
            yield Error(f"{name} writes and has no rules.", hint="Number them in tools/rules.md.", id="tools.E003")
        for number in set(capability.rules) - {rule.number for rule in known}:
            yield Error(f"{name} names {number}, which is no rule.", hint="See tools/rules.md.", id="tools.E009")
        if not _is_strict(capability):
            yield Error(f"{name} takes or gives what nobody declared.", id="tools.E010",
                        hint="Its input is an Arguments, its output a Shape.")  # fmt: skip
        if capability.kind is Kind.WRITE and not _says_whether(capability):
            yield Error(f"{name} doesn't say whether it was done.", id="tools.E013",
                        hint="The output of a write has a field `success: bool`.")  # fmt: skip
        if capability.kind is Kind.WRITE and (sums := sorted(_sums(capability))):
            yield Error(f"{name} takes {', '.join(sums)}, and a sum or a payee is never anybody's argument.",
                        hint="Its plan takes them from the records.", id="tools.E014")  # fmt: skip
        if capability.kind is Kind.WRITE and _repeats(capability):
            yield Error(f"{name} writes, so it is never retried and needs an idempotency key.", id="tools.E004")


def _is_strict(capability: Capability) -> bool:
    """S0-08, on both sides."""
    strict = issubclass(capability.input, Arguments) and issubclass(capability.output, Shape)
    return strict and all(one.model_config.get("extra") == "forbid" for one in (capability.input, capability.output))


def _says_whether(capability: Capability) -> bool:
    field = capability.output.model_fields.get("success")
    return field is not None and field.annotation is bool and field.is_required()


def _sums(capability: Capability) -> set[str]:
    """Law 3: arguments that hold money, or are called like it."""
    fields = capability.input.model_fields
    return {name for name, field in fields.items() if SUM.search(name) or _holds(field.annotation)}


def _holds(annotation: Any) -> bool:
    return annotation in (Money, Decimal, float) or any(map(_holds, get_args(annotation)))


def _repeats(capability: Capability) -> bool:
    return capability.retry is not Retry.NEVER or capability.idempotency is not Idempotency.KEY
