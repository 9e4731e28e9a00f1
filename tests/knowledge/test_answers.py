"""Extractive answers: byte for byte, cited, with a receipt for each specific."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.clock import business_now
from knowledge.answers import MIN_SCORE, extract
from knowledge.chunking import sentences
from knowledge.models import Article, Audience
from knowledge.search import search
from tests.knowledge.shelf import Publish


def ask(query: str, *history: str) -> Any:
    found = search(query, list(history), Audience.PUBLIC, business_now(), sentences=True)
    return extract(query, found["passages"])


def passage(text: str, likeness: list[int], *, article: str = "a", score: int = 900, number: int = 1) -> dict[str, Any]:
    spans = sentences(text)
    assert len(spans) == len(likeness)
    return {
        "passage_id": number,
        "article": article,
        "version": 3,
        "title": "A page",
        "heading": "",
        "text": text,
        "topic": "returns",
        "score": score,
        "updated": "2026-01-02",
        "age_days": 7,
        "changes": True,
        "stale": False,
        "sentences": [[start, end, near] for (start, end), near in zip(spans, likeness, strict=True)],
    }


def test_an_answer_is_verbatim_and_cited(shelf: dict[str, Article]) -> None:
    """Law 4"""
    answer = ask("how long do I have to return something?")
    assert answer.text.startswith("You have 14 days from delivery to return an item.")
    [citation] = answer.citations
    assert citation["url"] == "/help/return-windows/"
    assert set(citation) == {"n", "title", "url", "updated", "age_days", "stale"}
    for quote in answer.quotes:
        assert quote.passage["text"].encode()[: quote.end].endswith(quote.text.encode())
        assert quote.text == quote.passage["text"][quote.start : quote.end]


def test_each_specific_has_a_receipt_with_its_span(shelf: dict[str, Article]) -> None:
    """S1-52"""
    answer = ask("what does standard delivery cost?")
    said = {receipt.specific: receipt for receipt in answer.receipts}
    assert {"3 to 5 business days", "$5.95", "$50"} <= set(said)
    receipt = said["$5.95"]
    text = answer.quotes[0].passage["text"]
    assert text[receipt.start : receipt.end] == "$5.95"
    assert (receipt.article, receipt.version, receipt.age_days) == ("delivery", 1, 1)


def test_a_command_is_quoted_byte_for_byte(shelf: dict[str, Article]) -> None:
    """S3-16"""
    assert "`hearthctl pair --force *2`" in ask("the app shows a 403 error").text


def test_what_is_not_sure_enough_is_not_quoted() -> None:
    assert extract("x", [passage("You have 14 days.", [900], score=MIN_SCORE - 1)]) is None
    assert extract("x", [passage("You have 14 days.", [900], score=MIN_SCORE)]) is not None
    assert extract("x", []) is None


def test_something_else_gets_no_answer(shelf: dict[str, Article]) -> None:
    assert ask("what is the capital of France?") is None


def test_a_sentence_that_leans_brings_the_one_before() -> None:
    text = "Standard delivery costs $5.95. It is free for orders of $50 or more."
    answer = extract("is it free?", [passage(text, [500, 800])])
    assert answer is not None
    assert answer.text == f"{text} [1]"


def test_two_pages_never_speak_as_one() -> None:
    fresh = passage("The membership costs $49 a year.", [800])
    old = passage("The membership costs $39 a year.", [799], article="b", number=2)
    answer = extract("what does the membership cost?", [fresh, old])
    assert answer is not None
    assert answer.text == "The membership costs $49 a year. [1]"


def test_steps_are_quoted_whole_and_in_order() -> None:
    text = "1. Open the app.\n2. Pick the device. Wait for it.\n3. Hold the button."
    answer = extract("how do I pair it?", [passage(text, [600, 700, 300, 500])])
    assert answer is not None
    assert answer.text == f"{text} [1]"


@pytest.mark.parametrize(("words", "quoted"), [(45, True), (46, False)])
def test_the_limit_of_words_holds(words: int, quoted: bool) -> None:
    text = " ".join(["word"] * (words - 1)) + " end."
    assert (extract("word", [passage(text, [900])]) is not None) is quoted


def test_two_sentences_stay_within_the_limit() -> None:
    text = "Returns are free for members today. " + " ".join(["Returns"] * 40) + "."
    answer = extract("returns", [passage(text, [900, 890])])
    assert answer is not None
    assert len(answer.text.split()) - 1 <= 45


def test_a_price_is_preferred_when_a_price_is_asked() -> None:
    text = "Gift cards come by e-mail. A gift card costs $10 to $500."
    about_price = extract("how much is a gift card", [passage(text, [620, 600])], limit_words=8)
    about_way = extract("where does a gift card come from", [passage(text, [620, 600])], limit_words=8)
    assert about_price is not None
    assert about_way is not None
    assert about_price.text == "A gift card costs $10 to $500. [1]"
    assert about_way.text == "Gift cards come by e-mail. [1]"


def test_the_same_question_gives_the_same_answer(shelf: dict[str, Article]) -> None:
    assert ask("return policy").to_json() == ask("return policy").to_json()


def test_an_answer_is_made_of_the_record_alone(shelf: dict[str, Article], publish: Publish) -> None:
    """A replay picks the same words after the article has changed."""
    found = search("return policy", [], Audience.PUBLIC, business_now(), sentences=True)["passages"]
    before = extract("return policy", found)
    publish("return-windows", "You have 99 days.", title="Return policy")
    after = extract("return policy", found)
    assert before is not None
    assert after is not None
    assert before.to_json() == after.to_json()


def test_a_page_s_citations_share_one_number() -> None:
    first = passage("You have 14 days to return it.", [800])
    second = passage("Returns take 14 days at most.", [790], number=2)
    answer = extract("return days", [first, second])
    assert answer is not None
    assert [quote.n for quote in answer.quotes] == [1, 1]
    assert answer.text.count("[1]") == 1
