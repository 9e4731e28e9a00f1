"""Law 4 in words: what stands in no figure owes a receipt as well, in whichever way it is said; and nothing else does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agents.guards import claims, terms
from agents.guards.output import check
from agents.guards.sentences import sentences

NOW = datetime(2026, 3, 5, 17, 0, tzinfo=ZoneInfo("America/New_York"))
ORDER = {
    "order_id": "AB-10482",
    "total": {"cents": 4950, "currency": "USD"},
    "placed_at": "2026-02-24T15:00:00+00:00",
    "parcels": [{"tracking_id": "1Z999AA10123456784", "expected_on": "2026-03-10"}],
}
PAGE = (
    "You can return most items within 30 days. Refunds take five to seven business days. A fee of 10% applies to sale "
    "items over $200. The warranty lasts two years. We answer between 9:00 and 17:00 on weekdays. Parcels of up to 5 kg "
    "are sent by post."
)
FACTS = (ORDER, PAGE)
ARTICLES = sorted((Path(__file__).resolve().parents[2] / "packs" / "demo_shop" / "articles").rglob("*.md"))
NOWHERE = """
You have 3-5 days to return it.
Refunds take three-to-five days.
Refunds take 5–8 business days.
Refunds take twenty-four hours.
Refunds take twenty four hours.
Refunds take a day or two.
Refunds take a few days.
Refunds take a couple days.
Refunds take a week.
Refunds take a fortnight.
Refunds take an hour.
It comes overnight.
It arrives the day after tomorrow.
It arrives tonight.
It arrives this afternoon.
It arrives next week.
It arrives by the weekend.
It arrives next Monday.
You get half of it back.
You get half your money back.
You get half back.
You get a third of it back.
You get two thirds of the price back.
You get three quarters of it back.
It costs $1.5k.
It costs 1.5k dollars.
It costs $2K.
It costs two hundred and fifty dollars.
It costs fifty bucks.
It costs a hundred dollars.
It costs fifty-five dollars.
It costs USD 50.
It costs USD50.
It costs EUR 20.
It costs $1,250.
It costs $1.250,00.
It costs 1 250 dollars.
It costs fifty.
It's 50 bucks.
We're here 24/7.
We're here 24-7.
We're here around the clock.
We're open 365 days a year.
It comes on 12.03.
It comes on 12/03.
It comes on 3/12.
It comes on the 12th.
It comes on the twelfth.
It comes on March the 12th.
It comes on the 12th of March.
It comes on March twelfth.
It comes on 12 Mar.
It comes on Thu, 12 Mar 2026.
It comes on 2026/03/12.
It comes on 20260312.
It comes on 12-03-2026.
It comes on Thurs.
It comes on Wed.
It comes in April.
It comes in spring.
It comes in 2027.
It comes in Q2.
We answer by 6pm.
We answer until 18:00.
We answer at six o'clock.
We answer at 6 o'clock.
We answer at half past six.
We answer at noon.
We answer by midnight.
We answer at 9:00 CET.
We answer between 9:00 and 17:00 Pacific time.
We answer at 9:00 UTC+2.
It's free.
Returns are free of charge.
Shipping is free.
Shipping is on us.
Returns cost nothing.
There's no fee.
At no cost to you.
It has a lifetime warranty.
The warranty never ends.
You can return it any time.
You can always return it.
You can return it whenever you like.
There is no time limit.
All items can be returned.
Every item can be returned.
Your refund is instant.
The refund is immediate.
Refunds arrive instantly.
You get a full refund.
You get all your money back.
You get a 100% refund.
You get your money back in full.
A fee of eleven percent applies.
A fee of 11 pct applies.
A fee of 11 per cent applies.
A fee of eleven per cent applies.
A fee of 11 percentage points applies.
It weighs 6kg.
It weighs 6 kg.
It weighs six kilograms.
It weighs 6kgs.
It weighs ６ kg.
You have ３１ days.
You have ٣١ days.
You have 31days.
You have 31d.
You have 31-day returns.
You have a 31 day window.
You have thirty one days.
You have one month.
You have a month.
You have a year.
You have six months.
You have half a year.
You have a year and a half.
You have 1½ years.
You have ½ year.
The warranty lasts three years.
The warranty lasts a decade.
You have the first 31 days.
You're the 3rd in line.
You're third in line.
You get twice the amount back.
You get double your money back.
Your order AB-10483 is there.
Your order AB 10483 is there.
Your order number is 10483.
It costs ＄50.
It costs 50$.
It costs $ 50.
It costs fifty US dollars.
It costs 49.51.
It costs 49,51 €.
It's about $50.
You have at least 31 days.
You have up to 31 days.
You have more than 30 weeks.
You save 20.
There are dozens left.
There are 3 left.
There are three left.
Only two are left in stock.
The code is 1234.
Use code SAVE20.
Take 20 off.
It's 20 off.
Buy one, get one free.
You get a $0 fee.
You have till the end of the month.
You have until the end of the year.
You have until Easter.
It arrives before Christmas.
It arrives by Friday.
It arrives on a Friday.
It arrives Fri.
It arrives within 48h.
It arrives within 48 hrs.
It arrives within the hour.
It arrives in no time.
It arrives the same day.
It arrives the next day.
It arrives next-day.
It ships same-day.
"""
SAID = """
You can return most items within 30 days.
You have 30 days to return it.
Refunds take 5 to 7 business days.
Refunds take five to seven business days [1].
Refunds take 5-7 business days.
A fee of ten percent applies to sale items over 200 dollars.
The warranty lasts two years.
The warranty lasts 2 years.
We answer between 9am and 5pm on weekdays.
We answer between 9:00 and 17:00 on weekdays.
Order AB-10482 comes on Tuesday 10 March.
It comes on the 10th.
It comes on 10 March.
The total is $49.50.
Parcels of up to 5kg are sent by post.
One moment: which one do you mean?
Is it one of these two?
I'm not sure yet what you need. Is it about an order, a return, or your account?
Feel like trying it once more?
Which of the two would you rather have?
I can send a replacement or refund it.
No one else can see it.
At the same time nothing is lost.
The first thing to check is the cable.
Say the second one and I'll look.
You can always write here.
I'm always here for questions about orders.
Would you like a person now, or by e-mail?
A second colleague looks at it too.
It's free to write to us again here.
You don't have to stay: I'll write here the moment it's decided.
Half of that page is about something else, so I'd rather ask.
I can help with one thing at a time.
You may come back here any time.
Give it another try in the same place.
Thanks for the third picture.
I'll look at each of them.
All of it went along to my colleague.
Do you want a full refund or a part of it?
What day suits you?
Wed like to know more.
Sat down with it already?
I can't promise a day.
I have no day for when it reaches you, so I won't name one.
What's the reason, in a few words?
No further charge follows.
Is it free to come back to us here?
"""


@pytest.mark.parametrize("text", NOWHERE.strip().splitlines())
def test_what_no_fact_says_is_stopped_however_it_is_put(text: str) -> None:
    """S1-52: ranges, words for figures, vague lengths, days without a date, zones, shares, and what somebody is
    entitled to."""
    found = check(text, FACTS, now=NOW)
    assert {"ungrounded_specific_claim", "no_figure_without_receipt"} & set(found.violations)


@pytest.mark.parametrize("text", SAID.strip().splitlines())
def test_what_a_fact_says_and_what_claims_nothing_passes(text: str) -> None:
    assert check(text, FACTS, now=NOW).violations == ()


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.stem)
def test_every_sentence_of_a_page_is_backed_by_the_page(article: Path) -> None:
    page = article.read_text(encoding="utf-8")
    for sentence in sentences(page):
        found = check(sentence, [page], now=NOW, quoted=[page])
        assert not {"ungrounded_specific_claim", "no_figure_without_receipt"} & set(found.violations), found.details


@pytest.mark.parametrize(
    ("fact", "said", "passes"),
    [
        ("Returns are free of charge.", "It costs you nothing to send it back.", True),
        ("Returns are not free of charge.", "Returns are free.", False),
        ("Returns are free.", "Returns aren't free.", False),
        ("Returns aren't free.", "Returns are not free.", True),
        ({"fee": {"cents": 0, "currency": "USD"}}, "That's free of charge.", True),
        ({"fee": {"cents": 1, "currency": "USD"}}, "That's free of charge.", False),
        ("You get all your money back.", "You get a full refund.", True),
        ("Delivery is overnight.", "It comes the next day.", True),
        ("The line is open around the clock.", "We answer day and night.", True),
        ("Write to us on weekdays until 5 pm CET.", "You reach us until 17:00 CET.", True),
        ("Refunds take a few days.", "Refunds take a few weeks.", False),
        ({"parcels": [{"state": "moving"}]}, "There is 1 parcel.", True),
        ({"parcels": [{"state": "moving"}]}, "You have 1 week.", False),
        ({"window_weeks": 1}, "You have one week.", True),
        ({"window_weeks": 1}, "You have a week.", True),
        ({"due": "2026-05-31"}, "It's due on the thirty-first.", True),
        ({"due": "2026-05-31"}, "It's due in May.", True),
        ({"due": "2026-05-31"}, "It's due on May the thirty-first.", True),
        ({"due": "2026-05-31"}, "It's due by Sun.", True),
        ({"at": "2026-03-04T23:00:00+00:00"}, "It was scanned at six o'clock.", True),
        ({"at": "2026-03-04T23:00:00+00:00"}, "It was scanned at half past six.", False),
        ({"position": 3}, "You're third in line.", True),
        ({"position": 4}, "You're third in line.", False),
    ],
)
def test_a_fact_backs_what_means_the_same_and_nothing_else(fact: object, said: str, passes: bool) -> None:
    assert check(said, [fact], now=NOW).passed is passes


def test_every_group_of_terms_is_found_under_its_own_name() -> None:
    """One of its ways, read alone, is no other group's."""
    said = {"free": "It's free", "in-full": "a full refund", "noon": "by noon", "fortnight": "a fortnight",
            "few-day": "a few days", "couple-week": "a couple of weeks", "end-of-month": "end of the month",
            "christmas": "before Christmas", "lifetime": "a lifetime warranty", "any-time": "cancel it any time",
            "at-once": "refunds are instant", "same-day": "same-day", "two-thirds": "two thirds of it"}  # fmt: skip
    assert set(said) <= set(terms.WAYS)
    for name, text in said.items():
        assert [key for key, _ in terms.find(text)] == [name]
        assert ("term", name) in {claim.key for claim in claims.read(text)}
