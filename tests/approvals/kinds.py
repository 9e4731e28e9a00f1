"""Every kind of write that isn't a refund: what is wished, which endpoints it needs, and what stands there afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psycopg

from agents import deeds
from agents import writes as agent
from approvals import cases, execute, gate
from approvals.cases import Asker
from approvals.execute import Outcome
from approvals.gate import Terms, Wish
from conversations import codes
from conversations.clock import business_now
from conversations.models import Conversation
from evals.suites.carrying_out import details
from tests.approvals.goods import Bought, stock_up
from tests.house import House
from tests.shopserver import ShopServer
from tools import writes
from tools.contract import Proof
from tools.models import ToolCall

NOT_SENT, ARRIVED, STUCK = "FW-10488", "FW-10465", "FW-10467"  # the last: no scan for nine days
GREY, RED = "V-40501", "V-40500"
HOME: Final = {"first": "1 Main St", "second": "", "city": "Troy", "region": "NY", "country": "USA", "postcode": "1"}
# A number for texts, a gift card that pays for anything, and a subscription, for everybody that was made here.
READY: Final = """
update customers set phone = '+1555' || substr(id, 3) where id like 'C-9%';
insert into payment_methods (customer_id, id, place, source, balance_cents)
  select id, 'gift_' || substr(id, 3), 1, 'gift_card', 20000 from customers where id like 'C-9%'
  on conflict do nothing;
insert into subscriptions (customer_id, plan, price_cents, renews_on)
  select id, 'Fernway Plus', 900, current_date + 30 from customers where id like 'C-9%' on conflict do nothing
"""


@dataclass(frozen=True)
class Kind:
    """`{o}` stands for the order, `{c}` for the customer, `{m}` for what follows their "C-". `seen` is asked of the
    shop's own rows afterwards, and answers `want`; before, it answers something else."""

    name: str
    capability: str
    args: dict[str, Any]
    steps: tuple[str, ...]
    seen: str
    want: Any
    like: str = ARRIVED
    proof: Proof = Proof.SIGNED_IN
    before: str = ""
    held: bool = True  # only one such write may ever be under way

    @property
    def is_high(self) -> bool:
        return self.capability in ("change_order", "process_return", "update_account")


def on_order(change: str, step: str, seen: str, want: Any, **more: Any) -> Kind:
    """A change of an order that hasn't been sent."""
    held, also = more.pop("held", True), more.pop("also", ())
    args = {"order_id": "{o}", "change": change, **more}
    steps = (f"/orders/{{o}}/{step}", *also)
    return Kind(change, "change_order", args, steps, seen, want, NOT_SENT, held=held)


def on_account(change: str, step: str, seen: str, want: Any, before: str = "", **more: Any) -> Kind:
    args = {"change": change, **more}
    proof = Proof.ONE_TIME_CODE
    return Kind(
        f"account_{change}", "update_account", args, (step,), seen, want, proof=proof, before=before, held=False
    )


CUSTOMER: Final = "/platform/customers/{c}"
PAID: Final = "select coalesce(sum(amount_cents), 0)::int from payments where order_id = '{o}' and kind = 'refund'"
SENT: Final = "select count(*)::int from notices where customer_id = '{c}'"
KINDS: Final[tuple[Kind, ...]] = (
    on_order("cancel", "cancel", PAID, 600, reason_code="no_longer_needed"),
    on_order("address", "address", "select address->>'city' from orders where id = '{o}'", "Troy", address=HOME,
             also=("/logistics/notices",), held=False),
    on_order("payment", "payment-method", PAID, 600, method_id="gift_{m}"),
    on_order("items", "items", "select string_agg(item_id, ' ' order by line) from order_items where order_id = '{o}'",
             f"V-40201 {GREY}", lines=["2"], new_items=[GREY], method_id="card_{m}"),
    Kind("return", "process_return", {"order_id": "{o}", "kind": "return", "lines": ["1"], "method_id": "card_{m}"},
         ("/orders/{o}/returns", "/logistics/notices"), SENT, 1),
    Kind("exchange", "process_return",
         {"order_id": "{o}", "kind": "exchange", "lines": ["1"], "new_items": [GREY], "method_id": "card_{m}"},
         ("/orders/{o}/exchanges", "/logistics/notices"), "select status from orders where id = '{o}'",
         "exchange requested"),
    Kind("replacement", "process_return",
         {"order_id": "{o}", "kind": "replacement", "lines": ["1"], "reason_code": "damaged"},
         ("/orders/{o}/replacements", f"/platform/variants/{RED}/stock"),
         "select count(*)::int from returns where order_id = '{o}'", 1),
    on_account("address", CUSTOMER + "/profile", "select address->>'city' from customers where id = '{c}'", "Troy",
               address=HOME),
    on_account("email", CUSTOMER + "/profile", "select email from customers where id = '{c}'", "new{m}@example.org",
               email="new{m}@example.org"),
    on_account("cancel_subscription", "/platform/subscriptions/{c}",
               "select cancelled_at is not null from subscriptions where customer_id = '{c}'", True),
    on_account("resume_subscription", "/platform/subscriptions/{c}",
               "select cancelled_at is null from subscriptions where customer_id = '{c}'", True,
               "update subscriptions set cancelled_at = now() where customer_id = '{c}'"),
    on_account("password_reset", CUSTOMER + "/password-reset", SENT, 1),
    on_account("close", CUSTOMER + "/close", "select closed_at is not null from customers where id = '{c}'", True,
               "update subscriptions set cancelled_at = now() where customer_id = '{c}'"),
    Kind("credit", "apply_credit", {"order_id": "{o}", "reason_code": "late_delivery"},
         ("/finance/customers/{c}/credits",),
         "select coalesce(sum(amount_cents), 0)::int from credits where order_id = '{o}'", 500, STUCK),
    Kind("notice", "send_notice", {"order_id": "{o}", "notice": "invoice", "channel": "sms"},
         ("/logistics/notices",), SENT, 1, held=False),
    Kind("ticket", "open_ticket", {"order_id": "{o}", "kind": "question", "summary": "Where is the manual?"},
         ("/tickets",), "select count(*)::int from tickets where order_id = '{o}'", 1),
)  # fmt: skip


def prove(row: Conversation, house: House) -> int:
    """The customer types the code that was sent to them; the number of that message."""
    nonce = uuid.uuid4()
    codes.issue(row.pk, row.customer_id, nonce)
    return house.says(row.customer, codes.code_of(nonce), row).seq


def goods_for(shop: ShopServer, kind: Kind, count: int, first: int = 1000) -> list[Bought]:
    """So many orders that this may be done to, each its own customer's."""
    found = stock_up(shop, count, 300, like=kind.like, first=first)
    sql = READY.split(";\n") + [filled(kind.before, one) for one in found if kind.before]
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        for statement in sql:
            connection.execute(statement.encode())
    return found


def filled(value: Any, bought: Bought) -> Any:
    """With the order's and the customer's own names in their places."""
    if isinstance(value, dict):
        return {key: filled(one, bought) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, bought) for one in value]
    number = bought.order_id.removeprefix("FW-")
    names = (("{o}", bought.order_id), ("{c}", f"C-{number}"), ("{m}", number))
    for mark, name in names if isinstance(value, str) else ():
        value = value.replace(mark, name)
    return value


def seen(shop: ShopServer, kind: Kind, bought: Bought) -> Any:
    """What the shop's own rows say."""
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        found = connection.execute(filled(kind.seen, bought).encode()).fetchone()
    return found[0] if found else None


def wanted(kind: Kind, bought: Bought) -> Any:
    return filled(kind.want, bought)


def steps(kind: Kind, bought: Bought) -> list[str]:
    return [filled(step, bought) for step in kind.steps]


def each(shop: ShopServer, count: int = 1) -> Iterator[tuple[Kind, list[Bought]]]:
    """Every kind with goods of its own."""
    for place, kind in enumerate(KINDS):
        yield kind, goods_for(shop, kind, count, first=1000 + 20 * place)


@dataclass
class Wished:
    """One write on its way: the customer's words, and the same key at every try."""

    house: House
    kind: Kind
    bought: Bought
    terms: Terms = field(default_factory=lambda: agent.terms(deeds.kit()))
    key: uuid.UUID = field(default_factory=uuid.uuid4)

    def __post_init__(self) -> None:
        self.args = writes.arguments(self.kind.capability, filled(self.kind.args, self.bought))
        who = self.house.customer(self.bought.email)
        self.asker = Asker(who.external_ref, self.kind.proof, confirmed=True)
        received = self.house.says(who, f"Yes, please do it, {self.bought.order_id}{details(self.args)}")
        self.row = Conversation.objects.get(pk=received.conversation_id)
        self.since = received.seq
        self.seq = prove(self.row, self.house) if self.kind.proof is Proof.ONE_TIME_CODE else received.seq
        # The agent has read it: whoever carries it out later goes by that.
        Conversation.objects.filter(pk=self.row.pk).update(state={"heard": self.seq})

    def with_terms(self, **changed: Any) -> Wished:
        self.terms = replace(self.terms, **changed)
        return self

    def reading(self) -> cases.Reading:
        return cases.read(self.args, self.asker, self.terms.refunds, business_now())

    def propose(self) -> ToolCall:
        """The proposal under this key; another try finds the first one's."""
        held: ToolCall | None = ToolCall.objects.filter(key=self.key).first()
        if held is not None:
            return held
        given = {name for name, value in self.args.model_dump().items() if value is not None}
        wish = Wish(
            key=self.key,
            conversation_id=self.row.pk,
            customer_id=self.row.customer_id,
            args=self.args,
            sources=dict.fromkeys(given, "customer"),
            confirmation={"yes": self.seq, "since": self.since},
            heard_seq=self.seq,
        )
        return gate.propose(wish, self.reading(), self.terms)

    def go(self) -> Outcome:
        """From the wish to the effect, as far as it may go."""
        call = self.propose()
        standing = gate.open(call, self.terms)
        if standing.state != gate.CLEAR:
            return Outcome(standing.state, standing.why)
        return execute.run(call.pk, self.terms, heard=self.seq)
