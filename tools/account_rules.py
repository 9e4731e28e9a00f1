"""Numbered rules of writes that move no money of an order (rules.md): pure functions over one case."""

from __future__ import annotations

from typing import Final

from . import swap_rules as shared
from .account_case import AccountCase, CreditCase, NoticeCase, OwnCase, TicketCase
from .capabilities.apply_credit import CreditReason
from .capabilities.update_account import AccountChange
from .case import Decision, Rule, ask, deny
from .contract import Proof
from .return_case import is_quiet
from .shapes import OrderStatus

# An order that still has something to come, for the customer or from them.
OPEN: Final = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED,
                         OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED})  # fmt: skip


def known_account(case: AccountCase) -> Decision | None:
    known = case.account is not None and case.customer_ref == case.account.customer_id
    return None if known else deny("not-found")


def proven_anew(case: AccountCase) -> Decision | None:
    """Who changes an account proves it in this conversation; a session that is merely open isn't enough."""
    return None if case.proof >= Proof.ONE_TIME_CODE or case.by_person else ask("proof-needed")


def fitting_subscription(case: AccountCase) -> Decision | None:
    """Only what runs is cancelled, and only what was cancelled and still runs is resumed."""
    status = case.account.subscription_status if case.account is not None else ""
    needed = {AccountChange.CANCEL_SUBSCRIPTION: "active", AccountChange.RESUME_SUBSCRIPTION: "cancelled"}
    wanted = needed.get(case.args.change)
    return deny("subscription-state", status=status) if wanted and status != wanted else None


def nothing_open(case: AccountCase) -> Decision | None:
    """An account with an order or a return on its way, a matter open, or a subscription that renews, isn't closed."""
    if case.args.change is not AccountChange.CLOSE or case.account is None:
        return None
    if case.account.subscription_status == "active":
        return ask("subscription-runs")
    busy = case.account.open_tickets != 0 or any(order.status in OPEN for order in case.account.orders)
    return ask("still-open") if busy else None


def other_email(case: AccountCase) -> Decision | None:
    """Letters' case makes no other address."""
    now, new = case.account.email if case.account is not None else None, case.args.email
    same = now is not None and new is not None and new.casefold() == now.casefold()
    return deny("same-value") if same else None


def whole_address(case: AccountCase) -> Decision | None:
    return shared.whole_address(case.args.address)


def credit_listed(case: CreditCase) -> Decision | None:
    return None if case.credit_cents > 0 else ask("no-standard-credit")


def really_late(case: CreditCase) -> Decision | None:
    """By the record: a parcel came, or is, later than was promised. Other failures are looked at by a person."""
    if case.args.reason_code is not CreditReason.LATE_DELIVERY:
        return ask("look-closer")
    today = case.now.date()
    late = [
        p
        for p in case.order.parcels
        if p.expected_on and (p.delivered_at.date() if p.delivered_at else today) > p.expected_on
    ]
    quiet = [p for p in case.order.parcels if is_quiet(p, case.order.placed_at, case.now)]
    return None if late or quiet else ask("not-late")


def once(case: CreditCase) -> Decision | None:
    return shared.not_under_way(case, ("credit", "order"))


def on_record(case: NoticeCase) -> Decision | None:
    """It goes to the address or number that the company has."""
    return None if case.receiver else ask("no-receiver")


def own_matter(case: TicketCase | OwnCase) -> Decision | None:
    """A named order that wasn't read is nobody's."""
    about = case.order if getattr(case.args, "order_id", None) is not None else case.account
    known = about is not None and case.customer_ref == about.customer_id
    return None if known else deny("not-found")


def proven_enough(case: OwnCase) -> Decision | None:
    return None if case.proof >= case.needs or case.by_person else ask("proof-needed")


def not_opened(case: TicketCase) -> Decision | None:
    if case.order is None:
        return None
    return shared.not_under_way(case, (f"ticket:{case.args.kind.value}",))


ACCOUNT: Final[tuple[Rule, ...]] = (
    Rule("ACC-1", known_account),
    Rule("ACC-2", proven_anew),
    Rule("ACC-3", shared.confirmed),
    Rule("ACC-4", fitting_subscription),
    Rule("ACC-5", nothing_open),
    Rule("ACC-6", other_email),
    Rule("ACC-7", shared.no_flags),
    Rule("ACC-8", shared.not_steered),
    Rule("ACC-9", whole_address),
)
CREDIT: Final[tuple[Rule, ...]] = (
    Rule("CRE-1", shared.own_order),
    Rule("CRE-2", shared.proven),
    Rule("CRE-3", shared.confirmed),
    Rule("CRE-4", credit_listed),
    Rule("CRE-5", really_late),
    Rule("CRE-6", once),
    Rule("CRE-7", shared.no_flags),
    Rule("CRE-8", shared.not_steered),
)
NOTICE: Final[tuple[Rule, ...]] = (
    Rule("NOT-1", shared.own_order),
    Rule("NOT-2", shared.proven),
    Rule("NOT-3", shared.confirmed),
    Rule("NOT-4", on_record),
    Rule("NOT-5", shared.no_flags),
    Rule("NOT-6", shared.not_steered),
)
TICKET: Final[tuple[Rule, ...]] = (
    Rule("TIC-1", own_matter),
    Rule("TIC-2", shared.proven),
    Rule("TIC-3", shared.confirmed),
    Rule("TIC-4", not_opened),
    Rule("TIC-5", shared.not_steered),
)
OWN: Final[tuple[Rule, ...]] = (
    Rule("OWN-1", own_matter),
    Rule("OWN-2", proven_enough),
    Rule("OWN-3", shared.confirmed),
    Rule("OWN-4", shared.no_flags),
    Rule("OWN-5", shared.not_steered),
)
