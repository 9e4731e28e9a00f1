"""The form of any write, made from its contract: whatever stands in a record is offered there, and never typed."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from django import forms
from pydantic import BaseModel, ValidationError

from conversations.presentation import plain_words
from tools import writes as specs
from tools.catalogue import Deed, Part
from tools.contract import Arguments, Filled

from .write_offers import Offers, in_short, instead, label, line_words, method_words, options_of, swap_words

# Asked for in this order, then all the rest.
FIRST: Final = (Filled.ORDER, Filled.LINES, Filled.ITEMS)
# What depends on the order can be chosen when the order is.
OF_ORDER: Final = frozenset({Filled.LINES, Filled.ITEMS, Filled.METHOD})
CHOOSE: Final = "Choose one of those offered."
LONGEST: Final = 200  # of an argument whose contract names no length
SHORT: Final = 300  # what is longer is written in a larger box


class WriteForm(forms.Form):
    """One deed. `args` is the contract's own input once the form is valid; `why` is kept with the decision."""

    def __init__(self, deed: Deed, found: Offers, data: Any = None) -> None:
        shown = found.order.order_id if found.order is not None else ""
        self.is_other = data is not None and data.get("shown", "") != shown
        given = None if data is None else {**data.dict(), **multiple(deed, data), "shown": shown}
        super().__init__(given, auto_id="deed-%s")
        self.deed, self.found, self.args = deed, found, None
        asks_order = any(part.filled is Filled.ORDER for part in deed.parts)
        self.waits = asks_order and found.order is None and any(map(is_of_order, deed.parts))
        self.fields["shown"] = forms.CharField(widget=forms.HiddenInput, required=False, initial=shown)
        for part in sorted(deed.parts, key=place):
            if not (self.waits and is_of_order(part)):
                self.fields |= made(part, found)
        if is_about_method(deed) and not self.waits:
            self.fields[next(one.name for one in deed.parts if one.filled is Filled.METHOD)].initial = ""
        if not self.waits:
            self.fields["why"] = why()
        for field in self.fields.values():
            dress(field)

    args: Arguments | None

    def clean(self) -> None:
        if self.is_other and not self.waits and any(map(is_of_order, self.deed.parts)):
            self.errors.clear()  # what was chosen was another order's
            self.add_error("order_id", "These are the items of this order: choose among them.")
        if not self.errors:
            self.take(self.deed.fixed | self.values())

    def values(self) -> dict[str, Any]:
        """The arguments that were filled in, as the contract names them."""
        found = {part.name: value_of(part, self.cleaned_data) for part in self.deed.parts}
        if self.deed.swaps is not None:
            lines, items = self.deed.swaps
            chosen = {name.partition("|")[2]: item for name, item in self.cleaned_data.items()
                      if name.startswith(f"{items}|") and item}  # fmt: skip
            found |= {lines: list(chosen), items: list(chosen.values())}
            if not chosen:
                self.add_error(next((name for name in self.fields if name.startswith(f"{items}|")), None),
                               "Choose another article for at least one item.")  # fmt: skip
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def take(self, given: dict[str, Any]) -> None:
        """The contract has the last word."""
        if self.errors:
            return
        try:
            self.args = specs.arguments(self.deed.capability.name, given)
        except ValidationError as error:
            for one in error.errors():
                named = "|".join(map(str, one["loc"]))
                self.add_error(named if named in self.fields else None, "This can't be right: write it again.")


def multiple(deed: Deed, data: Any) -> dict[str, list[str]]:
    """What may be ticked more than once."""
    return {part.name: data.getlist(part.name) for part in deed.parts if part.filled is Filled.LINES}


def place(part: Part) -> int:
    """Where it stands in the form."""
    return FIRST.index(part.filled) if part.filled in FIRST else len(FIRST)


def is_about_method(deed: Deed) -> bool:
    """Another means of payment is all that is asked for: what it was paid with isn't the answer."""
    return {part.filled for part in deed.parts} == {Filled.ORDER, Filled.METHOD}


def is_of_order(part: Part) -> bool:
    return part.filled in OF_ORDER or issubclass(part.type, BaseModel)


def value_of(part: Part, cleaned: dict[str, Any]) -> Any:
    if issubclass(part.type, BaseModel):
        return {name: cleaned[f"{part.name}|{name}"] for name in fields_of(part)}
    return cleaned.get(part.name)


def why() -> forms.CharField:
    return forms.CharField(
        label="Why (kept with the decision)",
        max_length=500,
        error_messages={"required": "Say in a few words why."},
    )


# one kind of argument, one way to fill it in --------------------------------------------------------------------------


def made(part: Part, found: Offers) -> dict[str, forms.Field]:
    """The fields of one argument, by name."""
    if part.filled in MAKERS:
        return MAKERS[part.filled](part, found)
    if issubclass(part.type, Enum):
        return {part.name: listed(part)}
    return record(part, found) if issubclass(part.type, BaseModel) else {part.name: text(part)}


def choice(part: Part, options: list[tuple[str, str]], empty: str, initial: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label(part),
        choices=[("", empty), *options],
        required=part.required,
        initial=initial,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )


def orders(part: Part, found: Offers) -> dict[str, forms.Field]:
    empty = "Choose an order" if part.required else "No order: it is about the account"
    shown = found.order.order_id if found.order is not None else ""
    return {part.name: choice(part, [(one.order_id, in_short(one)) for one in found.account.orders], empty, shown)}


def lines(part: Part, found: Offers) -> dict[str, forms.Field]:
    """Of an order with one line it is that one; where nothing has to be ticked, nothing means all that is left."""
    goods = found.order.lines if found.order is not None else []
    return {
        part.name: forms.MultipleChoiceField(
            label=label(part),
            choices=[(line.line_id, line_words(line)) for line in goods],
            required=part.required,
            initial=[line.line_id for line in goods] if len(goods) == 1 else [],
            widget=forms.CheckboxSelectMultiple,
            help_text="" if part.required else "None ticked: all that is left of the order.",
            error_messages={"required": "Tick at least one item.", "invalid_choice": CHOOSE},
        )
    }


def items(part: Part, found: Offers) -> dict[str, forms.Field]:
    """For each line what could be had instead, with what it costs more or less."""
    if found.order is None:
        return {}
    return {
        f"{part.name}|{line.line_id}": forms.ChoiceField(
            label=f"{line_words(line)}: instead",
            choices=[
                ("", "Leave as it is"),
                *((one.item_id, swap_words(line, one)) for one in instead(found.order, line)),
            ],
            required=False,
            error_messages={"invalid_choice": CHOOSE},
        )
        for line in found.order.lines
    }


def methods(part: Part, found: Offers) -> dict[str, forms.Field]:
    """Money goes back where it came from, unless somebody says otherwise."""
    options = [(one.method_id, method_words(one, found.paid_with)) for one in found.account.methods]
    empty = "Choose a means of payment" if options else "None is on record"
    return {part.name: choice(part, options, empty, found.paid_with)}


def email(part: Part, found: Offers) -> dict[str, forms.Field]:
    wrong = "Write a whole e-mail address, like name@example.com."
    return {
        part.name: forms.EmailField(
            label=label(part),
            required=part.required,
            help_text=f"Now: {found.account.email}",
            error_messages={"required": wrong, "invalid": wrong},
        )
    }


def words(part: Part, found: Offers) -> dict[str, forms.Field]:
    field = text(part)
    field.initial = found.said[: part.longest or LONGEST]
    return {part.name: field}


def text(part: Part) -> forms.CharField:
    return forms.CharField(
        label=label(part),
        required=part.required,
        max_length=part.longest or LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}) if part.longest > SHORT else forms.TextInput,
        error_messages={"required": "Fill this in."},
    )


def listed(part: Part) -> forms.ChoiceField:
    return choice(part, options_of(part), "Choose", part.default.value if part.default is not None else "")


def record(part: Part, found: Offers) -> dict[str, forms.Field]:
    """A small record, like an address: filled in as it is now, so that only what changes is typed."""
    held = getattr(found.order, part.name, None) or getattr(found.account, part.name, None)
    may_be_empty: frozenset[str] = getattr(part.type, "MAY_BE_EMPTY", frozenset())
    return {
        f"{part.name}|{name}": forms.CharField(
            label=f"{label(part)}: {called}",
            required=name not in may_be_empty,
            max_length=LONGEST,
            initial=getattr(held, name, ""),
            error_messages={"required": "Fill this in."},
        )
        for name, called in fields_of(part).items()
    }


MAKERS: Final[dict[Filled | None, Callable[[Part, Offers], dict[str, forms.Field]]]] = {
    Filled.ORDER: orders,
    Filled.LINES: lines,
    Filled.ITEMS: items,
    Filled.METHOD: methods,
    Filled.EMAIL: email,
    Filled.WORDS: words,
}


def fields_of(part: Part) -> dict[str, str]:
    """The parts of a small record, and what people call them; none for a plain value."""
    fields = part.type.model_fields if issubclass(part.type, BaseModel) else {}
    return {name: info.title or plain_words(name).lower() for name, info in fields.items()}


def dress(field: forms.Field) -> None:
    if not isinstance(field.widget, forms.CheckboxSelectMultiple | forms.HiddenInput):
        field.widget.attrs.setdefault("class", "input")
