"""What goes back: never more than was paid, in whatever order the lines come, and all of it in the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.refund_cases import case, entry, line, order, usd, wish
from tools.contract import Plan
from tools.refund_case import shares
from tools.rules import ALLOWED, Verdict, decide, plan
from tools.shapes import Fulfilment, Order, OrderLine, PaymentEntry

PRICES = st.lists(st.tuples(st.integers(1, 50_000), st.integers(1, 4)), min_size=1, max_size=6)


def goods(prices: list[tuple[int, int]]) -> list[OrderLine]:
    return [line(str(number), cents, quantity=many) for number, (cents, many) in enumerate(prices, 1)]


def refund(held: Order, number: str) -> tuple[Order, int]:
    """The order after this line's money went back, and how much that was."""
    made = case(order=held, args=wish(lines=[number]))
    done = plan(made)
    if decide(made) != ALLOWED or done is None:
        return held, 0
    back: PaymentEntry = entry("refund", done.amount.cents, line_ids=[number])
    lines = [one.model_copy(update={"refunded": one.refunded or one.line_id == number}) for one in held.lines]
    return held.model_copy(update={"lines": lines, "money": [*held.money, back]}), done.amount.cents


@given(PRICES, st.data())
def test_refunds_line_by_line_in_any_order_are_together_what_was_paid(
    prices: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Also where a voucher made the goods cheaper: shares are whole cents, and none is lost or made."""
    whole = sum(cents * many for cents, many in prices)
    paid = data.draw(st.integers(1, whole))
    held, back = order(lines=goods(prices), money=[entry("payment", paid)]), 0
    for number in data.draw(st.permutations([str(n + 1) for n in range(len(prices))])):
        held, cents = refund(held, number)
        back += cents
        assert back <= paid
        assert refund(held, number)[1] == 0, "a line is refunded once"
    assert back == paid


@given(PRICES, st.integers(0, 10_000))
def test_delivery_that_was_paid_stays_paid(prices: list[tuple[int, int]], delivery: int) -> None:
    whole = sum(cents * many for cents, many in prices)
    made = plan(case(order=order(lines=goods(prices), money=[entry("payment", whole + delivery)])))
    assert made is not None
    assert made.amount == usd(whole)


@given(PRICES, st.integers(0, 200_000))
def test_shares_are_never_more_than_the_price_and_never_less_than_nothing(
    prices: list[tuple[int, int]], paid: int
) -> None:
    held = order(lines=goods(prices))
    share = shares(held, paid)
    assert all(0 <= share[one.line_id] <= one.unit_price.cents * one.quantity for one in held.lines)
    assert sum(share.values()) == min(paid, sum(cents * many for cents, many in prices))


@given(PRICES, st.integers(0, 60_000), st.integers(0, 60_000))
def test_nothing_passes_what_was_paid_less_what_is_gone_or_held(
    prices: list[tuple[int, int]], gone: int, held: int
) -> None:
    whole = sum(cents * many for cents, many in prices)
    money = [entry("payment", whole), *([entry("refund", gone)] if gone else [])]
    found = decide(case(order=order(lines=goods(prices), money=money), taken_cents=held))
    assert (found.verdict is not Verdict.DENY) == (gone + held == 0)


def test_a_voucher_is_shared_by_price_with_the_odd_cent_where_most_was_cut() -> None:
    held = order(lines=[line("1", 1000), line("2", 1000), line("3", 1000)], money=[entry("payment", 2000)])
    assert shares(held, 2000) == {"1": 667, "2": 667, "3": 666}


def test_a_plan_is_the_records_route_lines_and_customer() -> None:
    """S4-01: the order's tier decides the route, and no argument does."""
    held = order(fulfilment=Fulfilment.TRANSFER, partner="Northgate", lines=[line("1"), line("2", 500, quantity=2)])
    assert plan(case(order=held)) == Plan(Fulfilment.TRANSFER, usd(4000), ("1", "2"), "alice")
    assert plan(case(order=held, args=wish(lines=["2"]))) == Plan(Fulfilment.TRANSFER, usd(1000), ("2",), "alice")


def test_lines_of_a_plan_stand_in_the_orders_own_order() -> None:
    assert plan(case(args=wish(lines=["2", "1"]))) == plan(case(args=wish(lines=["1", "2"])))


def test_the_whole_order_is_what_is_left_of_it() -> None:
    back = entry("refund", 3000, line_ids=["1"])
    held = order(
        lines=[line("1", refunded=True), line("2", 1000), line("3", 500)], money=[entry("payment", 4500), back]
    )
    rest, taken = plan(case(order=held)), plan(case(order=held, taken_lines=frozenset("2"), taken_cents=1000))
    assert rest is not None
    assert taken is not None
    assert (rest.line_ids, rest.amount) == (("2", "3"), usd(1500))
    assert (taken.line_ids, taken.amount) == (("3",), usd(500))


def test_where_nothing_is_left_there_is_no_plan() -> None:
    assert plan(case(taken_lines=frozenset("12"))) is None
    assert plan(case(order=order(lines=[line(refunded=True)], money=[entry("payment", 3000)]))) is None
    assert plan(case(order=order(money=[]))) is None
