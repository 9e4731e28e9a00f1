"""Words that a reader may not see are known again, whoever says them."""

from __future__ import annotations

import pytest

from knowledge.confidential import repeats
from knowledge.models import READABLE, Audience
from tests.knowledge.shelf import Publish

SECRET = "Ring the fast lane before nine in the morning and name the blue word."


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("who", READABLE)
def test_what_a_reader_may_not_see_is_told_apart_from_what_they_may(who: str, audience: str, publish: Publish) -> None:
    publish("lane", SECRET, audience=audience)
    assert repeats(f"As they say: {SECRET}", who) is (audience not in READABLE[who])


def test_words_that_stand_on_a_public_page_too_are_no_secret(publish: Publish) -> None:
    publish("lane", SECRET, audience=Audience.PREMIUM)
    publish("copy", SECRET)
    assert not repeats(SECRET)
    assert not repeats("ring the fast lane")  # too few to be told apart from chance
