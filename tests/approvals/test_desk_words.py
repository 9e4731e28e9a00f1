"""What the desk says: to the customer when it says no, and to whoever decides about rules and the Critic."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from agents import runner
from approvals import critic_words, deciding, rules_critic
from approvals.deciding import RefusedError
from approvals.models import ApprovalRequest, CriticReview, Vote
from conversations import lifecycle
from conversations.models import Conversation, Event, Message
from tests.approvals.acting import act
from tests.approvals.goods import paid_back
from tests.approvals.test_desk_pages import UNDECIDED, card, signed_in, state, waiting
from tests.approvals.writes import a_call, an_order, asked
from tests.cast import bill, max_, olga
from tests.house import House
from tests.shopserver import ShopServer

WET = "The picture shows water inside, and that isn't a fault of the blender."


def reject(request: ApprovalRequest, told: str, decision: str = "reject", reason: str = "third one this month") -> Any:
    given = {"decision": decision, "reason": reason, "told": told}
    return signed_in(olga()).post(reverse("approvals:decide", args=[request.public_id]), given)


def lines() -> list[str]:
    return list(Message.objects.filter(author="system").values_list("text", flat=True))


# what the customer reads of a no ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_the_customer_may_know_is_said_and_the_reason_stays_here() -> None:
    request = waiting()
    assert 'id="decide-told"' in card(signed_in(olga()), request)
    assert reject(request, f"  {WET}\n ").status_code == 302
    assert lines() == [f"Olga on order R-1: {WET}"]
    assert Vote.objects.get().reason == "third one this month"
    assert not Message.objects.filter(text__contains="third one").exists()
    page = card(signed_in(olga()), request)
    assert "The customer read: “Olga on order R-1: The picture shows" in page
    why = signed_in(olga()).get(reverse("approvals:why", args=[request.call.key])).content.decode()
    plainly = why.split('aria-label="For the customer"')[1].split("</section>")[0]
    assert "Olga (operator) said no." in plainly
    assert "The picture shows water inside" in plainly
    assert "third one" not in plainly, "the reason is for the house"
    assert "third one" in why
    told = Event.objects.get(stream=f"approvalrequest:{request.pk}", verb="told")
    assert told.data == {"seq": Message.objects.get(author="system").seq}


@pytest.mark.django_db
@pytest.mark.parametrize(("decision", "told"), [("reject", ""), ("reject", "   "), ("approve", WET)])
def test_nothing_is_said_where_nothing_was_written_or_it_is_a_yes(decision: str, told: str) -> None:
    """The twin."""
    request = waiting()
    assert reject(request, told, decision).status_code == 302
    assert lines() == []


@pytest.mark.django_db
def test_where_a_person_has_the_conversation_it_is_theirs_to_say() -> None:
    request = waiting()
    lifecycle.take_over(Conversation.objects.get(pk=request.call.conversation_id), max_())
    before = lines()
    assert 'id="decide-told"' not in card(signed_in(olga()), request)
    answer = reject(request, WET)
    assert answer.status_code == 409
    assert "Nothing was decided. Max has the conversation" in answer.content.decode()
    assert (state(request), lines()) == (UNDECIDED, before)


@pytest.mark.django_db
def test_too_much_to_read_is_refused_and_nothing_is_typed_twice() -> None:
    request = waiting()
    with pytest.raises(RefusedError, match="500 fit"):
        deciding.decide(request.public_id, olga(), yes=False, reason="no", told="x" * 501)
    assert state(request) == UNDECIDED
    answer = reject(request, WET, reason="")
    assert answer.status_code == 409
    assert WET in answer.content.decode().replace("&#x27;", "'"), "what was written is still there"
    assert (state(request), lines()) == (UNDECIDED, [])


@pytest.mark.django_db
def test_with_the_conversation_taken_over_it_is_said_before() -> None:
    request = waiting()
    assert reject(request, WET, "take_over").status_code == 302
    said = lines()
    assert said[0] == f"Olga on order R-1: {WET}"
    assert "Olga joined" in said[1]


def test_the_agent_tells_the_no_behind_it(selling: House, shop: ShopServer) -> None:
    """VOICE 13: the public words first, then what the agent says, which offers a person."""
    row, _ = selling.ask(selling.alice(), "my rain jacket FW-10462 came torn, I want a refund", "yes")
    request = ApprovalRequest.objects.get()
    before = Conversation.objects.get(pk=row.pk).last_seq
    deciding.decide(request.public_id, bill(), yes=False, reason="an old trick", told="The tear is along a seam cut.")
    runner.work_on(row.pk)
    said = list(Message.objects.filter(conversation=row, seq__gt=before).order_by("seq").values_list("author", "text"))
    assert [author for author, _ in said] == ["system", "agent"]
    assert said[0][1] == "Bill on order FW-10462: The tear is along a seam cut."
    assert "person" in said[1][1]
    assert "an old trick" not in str(said)
    assert paid_back(shop) == {}


# rules and the Critic, in words -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_card_says_the_rules_sentence_beside_its_number() -> None:
    hit = {"rule": "REF-11", "verdict": "ask", "reason": "out-of-window", "facts": {}}
    request = waiting(row={"rules": [hit]})
    page = card(signed_in(olga()), request)
    assert "REF-11" in page
    assert "Money goes back within the window for the order" in page
    assert "out of window: a person decides" in page


OPINIONS = [
    ({"approved": True, "reason": "critic-approved"}, "approves"),
    ({"reason": "critic-rejected", "reasons": ["plan-differs"]}, "another sum"),
    ({"reason": "critic-rejected", "reasons": ["rule:REF-7"]}, "A line is refunded once (rule REF-7)"),
    ({"reason": "critic-rejected", "reasons": ["source:order_id"]}, "the order id comes from where none may"),
    ({"reason": "critic-rejected", "reasons": ["too_good-to:be_true"]}, "too good to: be true"),
    ({"reason": "critic-rejected"}, "it gave no reason"),
    ({"reason": "critic-unsure", "confidence": 700}, "isn't sure enough (700 of 1000)"),
    ({"reason": "critic-timeout"}, "no answer in time"),
    ({"reason": "critic-malformed"}, "no answer that counts"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "words"), OPINIONS)
def test_a_critics_opinion_is_a_sentence_and_no_code(given: dict[str, Any], words: str) -> None:
    one = {"name": "model", "approved": False, "confidence": 0, "reasons": [], **given}
    assert words in critic_words.said(one)
    assert "critic-" not in critic_words.said(one)
    request = waiting()
    CriticReview.objects.filter(call=request.call).update(opinions=[one])
    page = card(signed_in(olga()), request)
    assert "Not reviewed" not in page
    assert critic_words.said(one).replace("'", "&#x27;") in page


def test_every_objection_of_the_rules_critic_has_words() -> None:
    """The codes that `rules_critic` writes down, read from its source: a new one needs its sentence."""
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', Path(rules_critic.__file__).read_text(encoding="utf-8")))
    assert codes == set(critic_words.REASONS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "more", "words"),
    [("process_refund", {}, "Nothing was paid: rejected"), ("change_order", {"change": "address"}, "Nothing was changed: rejected")],
)  # fmt: skip
def test_what_was_rejected_is_said_in_the_words_of_its_kind(name: str, more: dict[str, Any], words: str) -> None:
    talk = waiting().call.conversation
    request = asked(a_call(talk, an_order("R-9"), 6000, people=1, role="operator", name=name, **more))
    deciding.decide(request.public_id, olga(), yes=False, reason="no")
    assert words in card(signed_in(olga()), request)
    address = f"{reverse('approvals:writes')}?conversation={talk.public_id}"
    panel = signed_in(olga()).get(address).content.decode()
    assert "Rejected" in panel
    assert "Taken back" not in panel, "nobody took it back"


# what is asked for, by its name ------------------------------------------------------------------------------------


def test_articles_and_means_of_payment_have_names_and_no_numbers(selling: House, shop: ShopServer) -> None:
    priya = selling.customer("priya.raman@example.com")
    selling.ask(priya, "exchange the table in FW-10470 for the 160 cm one", "yes")
    facts = facts_of(ApprovalRequest.objects.get())
    assert "Oak Dining Table: 220 cm → 160 cm, $1,180.00" in facts
    assert "ending 1004" in facts
    assert "card_" not in facts
    assert "V-312" not in facts


@pytest.mark.django_db
def test_what_a_customer_wrote_is_shown_as_they_wrote_it() -> None:
    """An approver who reads another address than the one that is written down approves another change."""
    talk = waiting().call.conversation
    args: dict[str, Any] = {"change": "email", "email": "anna_b-c@example.org"}
    call = a_call(talk, "C-1", 0, people=1, role="operator", name="update_account", **args)
    assert "anna_b-c@example.org" in facts_of(asked(call))
    call = a_call(talk, "C-1", 0, people=1, role="operator", name="update_account", change="password_reset")
    request = asked(call)
    assert "<dd>password reset</dd>" in facts_of(request), "a code is words"


def test_another_address_is_read_beside_the_one_that_it_replaces(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), "My order FW-10488, I want to talk to a person")
    row = lifecycle.take_over(row, olga())
    there = {"first": "5 Harbor Road", "second": "", "city": "Portland", "region": "ME", "country": "USA"}
    act(row, "change_order", order_id="FW-10488", change="address", address={**there, "postcode": "04101"})
    facts = facts_of(ApprovalRequest.objects.get())
    assert "<dt>Address</dt><dd>5 Harbor Road, Portland, ME 04101, USA</dd>" in facts
    assert "<dt>Address now</dt><dd>18 Millpond Lane, Burlington, VT 05401, USA</dd>" in facts
    assert "<dt>Text message goes to</dt>" in facts


@pytest.mark.django_db
def test_what_is_about_no_order_is_about_the_account() -> None:
    talk = waiting().call.conversation
    call = a_call(talk, "account:C-1", 0, people=1, role="operator", name="update_account", change="password_reset")
    request, client = asked(call), signed_in(olga())
    pages = [card(client, request), client.get(reverse("approvals:desk")).content.decode()]
    for page in pages:
        assert "the account" in page
        assert "account:C-1" not in page


def facts_of(request: ApprovalRequest) -> str:
    page = card(signed_in(olga()), request)
    return page.split('aria-label="Facts"')[1].split("<h3>Rules")[0]
