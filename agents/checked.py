"""Whoever waited for a page to be checked is told what it says now: one line in the thread, once, in its own words."""

from __future__ import annotations

from typing import Final

from agents import voice
from agents.guards.output import check
from conversations import bell
from conversations.clock import business_now
from conversations.sql import hot
from knowledge import answers
from knowledge.models import Check, reader
from knowledge.search import search

from .deeds import kit
from .kits import Kit

# The line and the mark that it was said commit together, so that it is said once.
TELL: Final = """
with t as (update knowledge_check set told = true where id = %(check)s and not told and settled_at is not null
           returning conversation_id),
 c as (update conversations_conversation c set last_seq = last_seq + 1, last_activity_at = handrail_now()
         from t where c.id = t.conversation_id returning c.id, c.last_seq)
insert into conversations_message(conversation_id, seq, author, text, extra)
select id, last_seq, 'system', %(text)s, '{}' from c returning seq
"""
PLAIN: Final = "checked.plain"


def tell(check_id: int) -> bool:
    """Say it unless it has been said; whoever owns the reply, the line is nobody's answer."""
    waiting = Check.objects.select_related("conversation__customer", "version__article__current").get(pk=check_id)
    if waiting.told or waiting.settled_at is None:
        return False
    if not hot(TELL, {"check": check_id, "text": words(waiting, kit())}):
        return False
    bell.poke(waiting.conversation.public_id)
    return True


def words(waiting: Check, live: Kit) -> str:
    """The sentence of the page that answers their question; without a sure one, that it is up to date."""
    article = waiting.version.article
    title = (article.current or waiting.version).title
    who = waiting.conversation.customer
    reads = reader(who.tier, signed_in=who.is_known)
    found = search(waiting.question, [], reads, business_now(), sentences=True)["passages"]
    answer = answers.extract(waiting.question, [one for one in found if one["article"] == article.slug])
    quotes = [quote.text for quote in answer.quotes] if answer else []

    def said(key: str, **slots: str) -> str:
        talk = str(waiting.conversation.public_id)
        return voice.say(key, {"title": title, **slots}, conversation=talk, pack=live.pack.voice)

    if quotes:
        text = said(f"checked.{waiting.outcome}", fact=" ".join(quotes))
        if check(text, [title, *quotes], live.speech, quoted=quotes).passed:
            return text
    return said(PLAIN)


def sweep(limit: int = 50) -> int:
    """Everybody whom a lost bell has left untold."""
    untold = Check.objects.filter(told=False, settled_at__isnull=False).order_by("pk")
    return sum(tell(pk) for pk in list(untold.values_list("pk", flat=True)[:limit]))
