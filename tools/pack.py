"""Loads the company. A pack is a package named by HANDRAIL_PACK: facts in pack.yaml, code in capabilities.py.

`capabilities.py` must offer FULFIL (capability name → function) and `find_customer(address)`, WRITERS where the company
can be written to, and `send_code` where it can mail a one-time code; `rules.py` may add RULES, which only tighten and
name the writes that they are `of`. OWN in `capabilities.py` lists what no other company has, and `workflows.py`
(agents/own.py) the graphs that use it. A pack whose systems can be filled from a folder also has an `operations.py`
with `load`, `dump`, `reset`, `ledger`, and `copies`, `mails` and `scratch` where there are such. With `translate` its
`exam.py` says what the actions of a labelled file are, and with KINDS how each of its writes is drilled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pydantic import BaseModel, ConfigDict, ValidationError

from tools.account_case import OwnCase, plan_own
from tools.contract import Arguments, Caller, Capability, Fulfil, Kind, Plan, Writer
from tools.kinds import WriteKind
from tools.registry import CAPABILITIES, NAMES
from tools.rules import OF_CASE, Rule
from tools.shapes import Account, Order

FILES = ("articles", "policy.yaml", "intents.yaml", "voice.yaml")


class Facts(BaseModel):
    """A part of pack.yaml: strict, since a misspelt key would be a fact that silently isn't there."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(Facts):
    """Where customers reach the company's people; the only contact details that the agent may name."""

    email: str
    phone: str
    hours: str
    website: str


class Spelling(Facts):
    """One way to write an order number: `pattern` finds it, `form` is the company's own spelling of its groups."""

    pattern: str
    form: str


class OrderIdFacts(Facts):
    """`in_text` is safe to look for anywhere; `as_answer` only when an order number was asked for."""

    example: str
    in_text: list[Spelling]
    as_answer: list[Spelling]


class PackFacts(Facts):
    """pack.yaml."""

    name: str
    brand: str
    about: str
    currency: str
    contact: Contact
    order_ids: OrderIdFacts


@dataclass(frozen=True)
class OrderIdGrammar:
    """How the company writes order numbers, and how customers do."""

    facts: OrderIdFacts

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """What finds an order number in free text, the surest first."""
        return tuple(pattern for pattern, _ in self._in_text)

    @property
    def example(self) -> str:
        """An order number that no order has, for "it looks like this"."""
        return self.facts.example

    def normalise(self, typed: str) -> str | None:
        """The company's spelling of what was typed as an order number, or None when it can't be one."""
        words = unicodedata.normalize("NFKC", typed).strip()
        for pattern, form in self._typed:
            match = pattern.fullmatch(words)
            if match:
                return _spell(form, match)
        return None

    def find(self, text: str) -> list[str]:
        """Every order number in free text, in the company's spelling, in the order of the text, each once."""
        words = unicodedata.normalize("NFKC", text)
        found: dict[tuple[int, int], str] = {}
        for pattern, form in self._in_text:
            for match in pattern.finditer(words):
                if not any(match.start() < end and start < match.end() for start, end in found):
                    found[match.span()] = _spell(form, match)
        return list(dict.fromkeys(found[span] for span in sorted(found)))

    @cached_property
    def _in_text(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return _compiled(self.facts.in_text)

    @cached_property
    def _typed(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return self._in_text + _compiled(self.facts.as_answer)


def _compiled(spellings: list[Spelling]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(spelling.pattern, re.IGNORECASE), spelling.form) for spelling in spellings)


def _spell(form: str, match: re.Match[str]) -> str:
    return form.format(*(group.upper() for group in match.groups()))


class BadDataError(Exception):
    """A folder that a pack can't load: the message is one sentence that says what to mend."""


class UnreachableError(Exception):
    """The company's systems don't answer: the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Operations:
    """What an operator of the installation may do to the company's systems as a whole (a demo company only)."""

    load: Callable[[Path], dict[str, int]]
    dump: Callable[[], dict[str, Any]]
    reset: Callable[[], dict[str, int]]
    ledger: Callable[[], list[dict[str, Any]]]
    # As many orders like one as a run needs; without it the drill and the chaos run have nothing to work on.
    copies: Callable[[str, int, list[int]], list[dict[str, str]]] | None = None
    # What was mailed to a customer lately, the newest first: `at`, `to`, `subject`, `body`. A demo delivers nothing.
    mails: Callable[[str], list[dict[str, str]]] | None = None
    # Systems of their own for as long as it is open, for a pack without a `service` that could be started apart.
    scratch: Callable[[], AbstractContextManager[None]] | None = None


@dataclass(frozen=True)
class Own:
    """A capability that no other company has. Of a write `plan` says what rule code makes of its case; its rules are
    the base ones of such a write and those that the company's rules.py names it in."""

    capability: Capability
    plan: Callable[[OwnCase], Plan | None] = plan_own

    @property
    def writes(self) -> bool:
        return self.capability.kind is Kind.WRITE


# Sends a one-time code to the address on record of the caller's customer, never to one that somebody names, under a key
# that makes a repeat the same mail. Answers that address, masked so that its owner knows it.
SendCode = Callable[[str, UUID, Caller], str]
# One action of a labelled file as a capability's arguments; it may look an order up as the customer sees it.
Translate = Callable[[dict[str, Any], Callable[[str], Order | None]], Arguments]


@dataclass(frozen=True)
class Pack:
    """One company. The paths may point at files that don't exist: whoever reads them has a default."""

    name: str
    brand: str
    about: str
    currency: str
    contact: Contact
    order_ids: OrderIdGrammar
    fulfil: Mapping[str, Fulfil]
    writers: Mapping[str, Writer]
    rules: tuple[Rule, ...]
    find_customer: Callable[[str], Account | None]
    send_code: SendCode | None
    operations: Operations | None
    translate: Translate | None
    kinds: tuple[WriteKind, ...]
    articles: Path
    policy: Path
    intents: Path
    voice: Path
    own: Mapping[str, Own] = field(default_factory=dict)

    @property
    def capabilities(self) -> dict[str, Capability]:
        """Those of the house and its own, by name: what it lacks is `absent`."""
        return {**CAPABILITIES, **{name: one.capability for name, one in self.own.items()}}

    def rules_of(self, capability: str) -> tuple[Rule, ...]:
        """The company's own rules of one write."""
        return tuple(rule for rule in self.rules if capability in rule.of)

    def is_one_way(self, capability: str) -> bool:
        """Its system keeps no keys: what was sent once can neither be asked for nor sent again."""
        return capability in self.writers and self.writers[capability].settle is None

    @property
    def example_order_id(self) -> str:
        return self.order_ids.example

    def absent(self) -> frozenset[str]:
        """Capabilities that this company doesn't have: their workflows end in a handoff with the slots filled."""
        return frozenset(
            name
            for name, one in CAPABILITIES.items()
            if one.fulfil is None and name not in self.fulfil and name not in self.writers
        )


def active() -> Pack:
    """The company of this installation."""
    return load(settings.HANDRAIL_PACK)


def capability(name: str) -> Capability | None:
    """The house's of that name, or this company's own; None where neither has one."""
    own = active().own.get(name)
    return CAPABILITIES.get(name) or (own.capability if own is not None else None)


@cache
def load(package: str) -> Pack:
    """The pack in a package, or ImproperlyConfigured with what to do about it."""
    folder = _folder(package)
    facts = _facts(folder / "pack.yaml")
    capabilities = import_module(f"{package}.capabilities")
    fulfil, writers = _attribute(capabilities, "FULFIL"), getattr(capabilities, "WRITERS", {})
    own = {one.capability.name: one for one in getattr(capabilities, "OWN", ())}
    rules = _rules(package, own)
    _told_apart(package, own)
    return Pack(
        name=facts.name,
        brand=facts.brand,
        about=facts.about,
        currency=facts.currency,
        contact=facts.contact,
        order_ids=OrderIdGrammar(facts.order_ids),
        fulfil=fulfil,
        writers=writers,
        rules=rules,
        own={name: _own(package, one, rules, {*fulfil, *writers}) for name, one in own.items()},
        find_customer=_attribute(capabilities, "find_customer"),
        send_code=getattr(capabilities, "send_code", None),
        operations=_operations(package),
        **_exam(package),
        **_files(folder),
    )


def _files(folder: Path) -> dict[str, Any]:
    return {Path(name).stem: folder / name for name in FILES}


def _folder(package: str) -> Path:
    try:
        found = import_module(package).__file__
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(f"HANDRAIL_PACK names {package!r}, which can't be imported: {error}.") from error
    if found is None:
        raise ImproperlyConfigured(f"The pack {package!r} needs an __init__.py.")
    return Path(found).parent


def _facts(path: Path) -> PackFacts:
    try:
        return PackFacts.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ImproperlyConfigured(f"The pack has no {path}; write the company's facts there.") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise ImproperlyConfigured(f"{path} is not right: {error}") from error


def _attribute(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError as error:
        raise ImproperlyConfigured(f"{module.__name__} must define {name}.") from error


def _own(package: str, one: Own, rules: tuple[Rule, ...], done: set[str]) -> Own:
    """With the numbers of its rules, which nobody has to write twice."""
    name = one.capability.name
    if name in NAMES or not name.isidentifier():
        raise ImproperlyConfigured(f"{package} can't call a capability of its own {name!r}: take another name.")
    if name not in done:
        where = "WRITERS" if one.writes else "FULFIL"
        raise ImproperlyConfigured(f"{package} has {name}, and nothing carries it out: name it in {where}.")
    theirs = [rule.number for rule in rules if name in rule.of]
    numbers = (*(rule.number for rule in OF_CASE[OwnCase]), *theirs) if one.writes else ()
    return replace(one, capability=replace(one.capability, rules=numbers))


def _told_apart(package: str, own: Mapping[str, Own]) -> None:
    """A write is known by its arguments: two with the same ones would be done for each other."""
    taken = {one.input: name for name, one in CAPABILITIES.items() if one.kind is Kind.WRITE}
    for name, one in own.items():
        if one.writes and (other := taken.setdefault(one.capability.input, name)) != name:
            raise ImproperlyConfigured(f"{package} gives {name} the arguments of {other}: it needs a class of its own.")


def _rules(package: str, own: Mapping[str, Own]) -> tuple[Rule, ...]:
    """The company's own rules of a write, behind the base ones; a company without any keeps to those. A rule for
    nothing, or for what can't be written, would be one that silently isn't there."""
    if find_spec(f"{package}.rules") is None:
        return ()
    rules: tuple[Rule, ...] = tuple(_attribute(import_module(f"{package}.rules"), "RULES"))
    base = [name for name, one in CAPABILITIES.items() if one.kind is Kind.WRITE]
    writes = sorted([*base, *(name for name, one in own.items() if one.writes)])
    for rule in rules:
        if not rule.of or not set(rule.of) <= set(writes):
            raise ImproperlyConfigured(
                f"Rule {rule.number} of {package} is for {', '.join(rule.of) or 'nothing'}. "
                f"Name what it is for: Rule(number, function, of=(...)), out of {', '.join(writes)}."
            )
    return rules


def _operations(package: str) -> Operations | None:
    if find_spec(f"{package}.operations") is None:
        return None
    module = import_module(f"{package}.operations")
    needed: dict[str, Any] = {name: _attribute(module, name) for name in ("load", "dump", "reset", "ledger")}
    may: dict[str, Any] = {name: getattr(module, name, None) for name in ("copies", "mails", "scratch")}
    return Operations(**needed, **may)


def _exam(package: str) -> dict[str, Any]:
    """What the company can be measured with."""
    if find_spec(f"{package}.exam") is None:
        return {"translate": None, "kinds": ()}
    module = import_module(f"{package}.exam")
    found = {"translate": getattr(module, "translate", None), "kinds": tuple(getattr(module, "KINDS", ()))}
    if not any(found.values()):
        raise ImproperlyConfigured(f"{module.__name__} must define translate, KINDS or both.")
    return found
