"""Writes as people choose them: one deed for each thing that a capability can do, and the parts that it is filled from.
Everything is read off the contracts, so that a new capability has its form as soon as it has its contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from conversations.presentation import plain_words

from .contract import Arguments, Capability, Filled, Kind
from .pack import Pack


class NoFormError(TypeError):
    """An argument of a type that nobody can fill in: the contract needs a `Filled` or a plain type."""


@dataclass(frozen=True)
class Part:
    """One argument. `type` is what stands behind Optional, Annotated and list; `longest` in characters, 0: no limit."""

    name: str
    type: type
    filled: Filled | None
    required: bool
    default: Any = None
    longest: int = 0


@dataclass(frozen=True)
class Deed:
    """A capability, and which of its variants."""

    capability: Capability
    variant: str = ""

    @property
    def slug(self) -> str:
        return f"{self.capability.name}-{self.variant}" if self.variant else self.capability.name

    @property
    def title(self) -> str:
        called = self.capability.called or plain_words(self.capability.name)
        return f"{called}: {plain_words(self.variant).lower()}" if self.variant else called

    @property
    def fixed(self) -> dict[str, Any]:
        """What is settled by the choice of the deed."""
        return {self.capability.variant: self.variant} if self.variant else {}

    def takes(self, args: Arguments) -> bool:
        """Whether these are arguments of this deed."""
        given = args.model_dump(mode="json")
        return type(args) is self.capability.input and all(given[name] == value for name, value in self.fixed.items())

    @property
    def arguments(self) -> tuple[Part, ...]:
        """All that it takes beside what is fixed."""
        return tuple(part(name, info, needed=name in self._needs) for name, info in self._asked())

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is left to fill in. Lines are chosen with the articles that stand in their places, where there are."""
        return tuple(one for one in self.arguments if not (self.swaps and one.filled is Filled.LINES))

    @property
    def swaps(self) -> tuple[str, str] | None:
        """The names of the lines and of what stands at their places, for a deed that has both."""
        named = {one.filled: one.name for one in self.arguments}
        return (named[Filled.LINES], named[Filled.ITEMS]) if Filled.ITEMS in named else None

    @property
    def _needs(self) -> frozenset[str]:
        return self.capability.needs[self.variant] if self.variant else frozenset()

    def _asked(self) -> Iterator[tuple[str, FieldInfo]]:
        """A field of another variant's, or the variant itself, isn't asked for."""
        others = frozenset().union(*self.capability.needs.values()) - self._needs
        for name, info in self.capability.input.model_fields.items():
            if name not in others and name not in self.fixed:
                yield name, info


def deeds(company: Pack) -> dict[str, Deed]:
    """Every write that the company's systems can be asked for, by slug, in the order of the catalogue."""
    absent = company.absent()
    writes = (one for one in company.capabilities.values() if one.kind is Kind.WRITE and one.name not in absent)
    found = [Deed(one, str(variant)) for one in writes for variant in one.needs or ("",)]
    return {deed.slug: deed for deed in found}


def part(name: str, info: FieldInfo, *, needed: bool) -> Part:
    """An argument, read off its annotation."""
    marks = list(marks_of(info.annotation, info.metadata))
    kind = next((mark for mark in marks if isinstance(mark, type)), None)
    if kind is None or not (kind is str or issubclass(kind, Enum | BaseModel)):
        raise NoFormError(f"{name} is of no type that can be filled in: say with Filled how it is.")
    filled = next((mark for mark in marks if isinstance(mark, Filled)), None)
    longest = next((mark.max_length for mark in marks if getattr(mark, "max_length", None)), 0)
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    return Part(name, kind, filled, needed or info.is_required(), default, longest)


def marks_of(annotation: Any, metadata: Any = ()) -> Iterator[Any]:
    """What a type is made of: its markers and its plain type, whatever is wrapped around it."""
    yield from metadata
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        for extra in inside[1:]:
            yield from extra.metadata if isinstance(extra, FieldInfo) else (extra,)
        yield from marks_of(inside[0])
    elif origin in (Union, UnionType, list):
        for one in inside:
            yield from marks_of(one)
    elif isinstance(annotation, type) and annotation is not type(None):
        yield annotation
