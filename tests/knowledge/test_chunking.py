"""Passages stand alone, fit the model, lose nothing."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import chunking, embeddings
from knowledge.chunking import Chunk, chunk, sentences, standalone

PIECES = st.one_of(
    st.text(alphabet="abc DEF.\n# -|`*_<>&1é漢字🙂[]()", max_size=200),
    st.lists(st.sampled_from(["word", "return", "14 days.", "| a | b |", "- item", "# Head", "漢字漢字"])).map(
        " ".join
    ),
    st.just("x" * 3000),
    st.just("漢" * 400),
    st.just("a sentence of eight words stands right here. " * 40),
)


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=300).filter(str.strip), body=st.lists(PIECES, max_size=5).map("\n\n".join))
def test_no_passage_is_longer_than_the_model_reads(title: str, body: str) -> None:
    """S1-26"""
    for one in chunk(title, body):
        assert one.text.strip()
        assert embeddings.count_tokens([standalone(title, one.heading, one.text)])[0] <= embeddings.MAX_TOKENS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="abcdefg .!", min_size=1, max_size=300), min_size=1, max_size=4))
def test_no_word_is_lost(paragraphs: list[str]) -> None:
    body = "\n\n".join(paragraphs)
    kept = " ".join(one.text for one in chunk("Title", body))
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", body)


def test_a_passage_carries_its_title_and_heading_path() -> None:
    body = "Intro.\n\n## Refunds\n\nBy card.\n\n### Gift cards\n\nAt once.\n\n## Labels\n\nFree."
    assert chunk("Returns", body) == [
        Chunk("", "Intro."),
        Chunk("Refunds", "By card."),
        Chunk("Refunds > Gift cards", "At once."),
        Chunk("Labels", "Free."),
    ]
    assert standalone("Returns", "Refunds", "By card.") == "Returns. Refunds: By card."


def test_a_long_section_is_cut_between_sentences() -> None:
    body = " ".join(f"Sentence number {n} says that something is so." for n in range(40))
    parts = chunk("Long", body)
    assert len(parts) > 1
    assert all(part.text.endswith(".") for part in parts)


def test_a_command_stays_as_it_was_written() -> None:
    """S3-16"""
    text = chunk("App", "Run `hearthctl *2 --force_all` now.\n\n```\nreset  --hard\n```")[0].text
    assert "`hearthctl *2 --force_all`" in text
    assert "`reset  --hard`" in text


def test_each_row_of_a_table_is_a_fact_of_its_own() -> None:
    body = (
        "| Status | Meaning |\n| --- | --- |\n| Shipped | It is on its way. |\n\n"
        "| Place | Days | Cost |\n| - | - | - |\n| Canada | 6 | $9 |"
    )
    assert chunk("Orders", body)[0].text == "Shipped: It is on its way.\nCanada: Days 6; Cost $9"


def test_lists_keep_their_marks_and_their_order() -> None:
    assert chunk("How", "1. Open.\n2. Pick.\n\n- one\n- two")[0].text == "1. Open.\n2. Pick.\n- one\n- two"


def test_links_and_emphasis_become_plain_words() -> None:
    assert chunk("How", "See **this** [page](https://x.example/y).")[0].text == "See this page."


def test_html_is_text() -> None:
    assert chunk("How", "Hi <b onclick=x>there</b>")[0].text == "Hi <b onclick=x>there</b>"


def test_sentences_end_where_a_reader_stops() -> None:
    text = 'Order before 2 p.m. Eastern Time. We "close." Then 5 stay, e.g. Ann.\n1. Open it.\n2. Done'
    said = [text[start:end] for start, end in sentences(text)]
    assert said == [
        "Order before 2 p.m. Eastern Time.",
        'We "close."',
        "Then 5 stay, e.g. Ann.",
        "1. Open it.",
        "2. Done",
    ]


def test_a_title_that_never_ends_leaves_room_for_the_text() -> None:
    title = "very long title " * 40
    assert chunk(title, "Short.") == [Chunk("", "Short.")]
    assert len(embeddings.token_ends(chunking.prefix(title, ""))) <= chunking.PREFIX_TOKENS
