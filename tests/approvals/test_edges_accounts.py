"""Every edge of a new password, of a subscription's end and of an account's, walked by real turns in the real shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from conversations import clock
from tests.approvals.stories import (
    NOTHING,
    OF_THE_ACCOUNT,
    Ending,
    Scene,
    Story,
    Wish,
    broken_reads,
    retold,
    stories_of,
    told,
)
from tests.house import House
from tests.shopserver import ShopServer


def lines(name: str, case: str = "") -> dict[str, str]:
    offer = f"account.offer.{name}{case}"
    return {**OF_THE_ACCOUNT, "offer": offer, "offer.again": f"{offer}.again", "done": f"account.done.{name}{case}"}


CODE = ("it says CODE",)
PASSWORD = Wish(
    "password_reset", "I forgot my password", "I forgot my password", "FW-10469", "/password-reset", "account", CODE,
    lines("password_reset"),
)  # fmt: skip
SUBSCRIPTION = Wish(
    "subscription_change", "please cancel my Plus membership", "cancel my Plus membership", "FW-10465",
    "/subscriptions/{c}", "account", CODE, lines("cancel_subscription"),
)  # fmt: skip
CLOSING = Wish(
    "close_account", "please close my account", "close my account", "FW-10469", "/close", "account", CODE,
    lines("close", ".loses"),
)  # fmt: skip
WISHES = (PASSWORD, SUBSCRIPTION, CLOSING)
SHARED = [(wish, name) for wish in WISHES for name in stories_of(wish.workflow)]


def ids(one: Any) -> str:
    return one.workflow if isinstance(one, Wish) else getattr(one, "__name__", "")


@pytest.mark.parametrize(("wish", "name"), SHARED, ids=[f"{wish.workflow}-{name}" for wish, name in SHARED])
def test_a_story_ends_with_these_words_and_rows(selling: House, shop: ShopServer, wish: Wish, name: str) -> None:
    assert retold(selling, shop, wish, name) == []


# Who writes -----------------------------------------------------------------------------------------------------------


def they_say_at_once_that_the_mailbox_is_lost(scene: Scene) -> None:
    scene.say(f"{scene.wish.bare}, and I no longer have access to that e-mail")


def they_find_no_way_to_the_mail(scene: Scene) -> None:
    scene.say(scene.wish.words, "I can't open that mailbox any more")


def the_mail_cannot_be_sent(scene: Scene) -> None:
    broken_reads(scene, at="code")
    scene.say(scene.wish.words)


def they_have_proven_it_before(scene: Scene) -> None:
    """For another change, which they left."""
    scene.say("please change my e-mail address to other@example.org")
    scene.say(scene.code(), "no, leave it", scene.wish.words)


def the_proof_is_too_old_at_the_yes(scene: Scene) -> None:
    scene.opens()
    with clock.at(clock.business_now() + timedelta(minutes=61)):
        scene.say("yes")


def it_is_proven_anew_and_read_back_anew(scene: Scene) -> None:
    scene.opens()
    with clock.at(clock.business_now() + timedelta(minutes=61)):
        scene.say("yes")
        scene.say(scene.code())


UNPROVEN = "handoff:identity-not-proven"
PROOFS: list[tuple[Story, list[str], str | None, str]] = [
    (they_say_at_once_that_the_mailbox_is_lost, [f"listen --no_mailbox--> {UNPROVEN}"], "identity-not-proven", "person"),
    (they_find_no_way_to_the_mail, [f"code --otherwise--> {UNPROVEN}"], "identity-not-proven", "verify.by_person"),
    (the_mail_cannot_be_sent, ["code --not_sent--> handoff:tool-failed"], "tool-failed", "lookup_failed"),
    (they_have_proven_it_before, ["proof --proven--> account", "rules --allowed--> offer"], None, "offer"),
    (the_proof_is_too_old_at_the_yes, ["offer --yes--> fresh", "fresh --otherwise--> code"], None, "verify.code"),
    (it_is_proven_anew_and_read_back_anew, ["fresh --otherwise--> code", "code --proven--> account"], None, "offer.again"),
]  # fmt: skip


@pytest.mark.parametrize("wish", WISHES, ids=ids)
@pytest.mark.parametrize(("tell", "walks", "reason", "says"), PROOFS, ids=ids)
def test_nothing_is_proposed_before_it_is_proven_who_writes(
    selling: House, shop: ShopServer, wish: Wish, tell: Story, walks: list[str], reason: str | None, says: str
) -> None:
    assert told(selling, shop, wish, tell, walks, reason, 0, Ending(says, NOTHING)) == []
