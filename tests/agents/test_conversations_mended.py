"""Answers that once embarrassed the house, kept right: what was wrong stands behind `lacks`."""

from __future__ import annotations

from conversations.models import Conversation
from tests.agents.talks import says, talk, walk
from tests.house import House
from tools.models import ToolCall

GRACE, BOB, MALLORY = "grace.oyelaran@example.com", "bob@example.com", "mallory@example.com"
TALKS = (
    talk("more than is left of what was paid",
         says("the money for FW-10463 back please, both things, they came scratched", r"\$34\.00", "colleague",
              lacks=["nothing left"]), says("no"), who=GRACE),
    talk("news of what waits for people",
         says("FW-10452 arrived broken, I want my money back", "FW-10452"), says("yes"),
         says("any news?", "FW-10452", lacks=["deliver", "Packhorse"]), who=BOB),
    talk("three ways to choose from, said once more",
         says("where is my lamp", "Buffalo"),
         says("so what are you going to do about it", "again", "money back", "colleague"), says("no")),
    talk("a question behind them is the colleague's",
         says("where is my lamp", "Buffalo"), says("how long would that take?", "pass it on"), says("no")),
    talk("no, a new one instead",
         says("I want to return FW-10465, it broke after two days", "label"),
         says("no, just send a new one", "FW-10465", "Shall I send it again", lacks=["as it is"]), says("no")),
    talk("rather the money, and why was said",
         says("FW-10465 is marked delivered but it never came, please send it again", "Shall I send it again"),
         says("I'd rather have my money back", r"\$45\.00", lacks=["reason", "What happened"]), says("no")),
    talk("an address in two messages",
         says("send FW-10488 somewhere else please", "zip code"), says("12 Quarry Road", "zip code"),
         says("Boulder CO 80301", "12 Quarry Road, Boulder, CO 80301"), says("no")),
    talk("a size that there isn't",
         says("I want to exchange FW-10465 for a larger one", "grey", lacks=["grey instead of red"]),
         says("hm, no, then I keep it", lacks=["grey"])),
    talk("a curse is no set of twelve pieces",
         says("you useless piece of junk, where is my order", "FW-10488", "FW-10482", lacks=["FW-10476", "Dinner"])),
    talk("the one there is",
         says("please cancel 10488 right away", "FW-10487", lacks=["one of these"]),
         says("yes", "FW-10487", "colleague"), says("no"), who=MALLORY),
    talk("too late to stop, and what there is instead",
         says("cancel the kettle order", "FW-10482", "send it back|come back", lacks=["shipped by now"]), says("no")),
    talk("one of the people just spoken of",
         says("are you a real person?", "AI assistant"), says("get me one then"),
         reason="customer-asked-for-person"),
    talk("the other thing, and then its money",
         says("hey"), says("wheres my stuff", "FW-10482"), says("the kettle", "Packhorse"),
         says("and the lamp?", "Buffalo", lacks=["pages"]),
         says("it took too long, refund the lamp", "FW-10467", lacks=["FW-10482"]), says("no")),
    talk("it, and a thing of another order",
         says("where is my kettle", "Packhorse"),
         says("it took too long, refund the lamp", "FW-10467", lacks=["FW-10482"]), says("no")),
    talk("the act, and a yes behind it",
         says("Could I swap FW-10465 for the grey one?", "grey instead of red"), says("exchange it, yes", "EX-")),
    talk("how much, of what was asked before",
         says("do you ship to Canada", r"\$19\.95"), says("how much", r"\$19\.95"), says("and how long", "6 to 9")),
    talk("a wish in two sentences, one of them sure",
         says("the dinner set has a cracked plate. i dont want money i want a new one", "FW-10476",
              lacks=["deserves a person", "missing"]), says("no")),
    talk("somebody who knows", says("do your pans come with a cookbook in Welsh?", "colleague"),
         says("then ask somebody"), reason="customer-asked-for-person"),
    talk("a matter among kind words",
         says("Good morning! I hope you are well. I wanted to ask, if it is not too much trouble, how my kettle is doing?",
              "Packhorse", lacks=["What's it about"])),
    talk("kind words to the end",
         says("where is FW-10482", "Packhorse"),
         says("You've been wonderful, have a lovely day!", lacks=[r"\?", r"\bHi\b"])),
    talk("agreeing to nothing",
         says("where is FW-10482", "Packhorse"), says("yes I agree", lacks=[r"\?", r"\bHi\b", "Hello"])),
    talk("a cross question",
         says("I ordered a lamp AGES ago and you can't even tell me when it comes", "Buffalo", lacks=["Do you mean"]),
         says("no")),
    talk("where were we",
         says("please cancel FW-10488", r"\$79\.00"),
         says("sorry, I had to pick up the kids. where were we?", r"\$79\.00", lacks=["colleague"]), says("no")),
    talk("thanks is no yes",
         says("where is FW-10467", "colleague"),
         says("great thanks, and how long does shipping to Canada take?", lacks=["Our people", "in line"]), says("no")),
    talk("rather their own",
         says("where is FW-10482? it's my sister's", "one of your own|one of yours", lacks=["There are 1"]),
         says("she asked me to check", lacks=["Kettle", "Do you mean"]),
         says("ok what about mine then", "FW-10487", lacks=["FW-10482"]),
         says("how long do I have to send something back?", "days", lacks=["FW-10482"]), who=MALLORY),
    talk("a short goodbye", says("where is FW-10467", "colleague"), says("cool bye", lacks=[r"\?"])),
    talk("how long, behind what it costs",
         says("do you ship to Canada", r"\$19\.95"), says("great thanks, and how long does it take?", "6 to 9")),
    talk("money, in other words",
         says("I want that you give me back my money for the lantern, she is broken", r"FW-10465|Lantern",
              lacks=["Do you mean", "exchange"])),
)  # fmt: skip


def test_what_embarrassed_us_stays_mended(house: House) -> None:
    rows = walk(house, TALKS)
    assert Conversation.objects.filter(pk__in=[row.pk for row in rows.values()]).count() == len(TALKS)


def test_of_two_orders_the_second_isnt_forgotten(small_house: House) -> None:
    """One refund at a time, each with its own yes; "the other one" is what they named beside it."""
    row, answers = small_house.ask(
        small_house.alice(),
        "I'd like refunds for FW-10465 and FW-10464 please, both came broken",
        "yes",
        "and the other one",
    )
    assert "FW-10464" in answers[1][0], answers
    assert "FW-10464" in answers[2][0], answers
    assert ToolCall.objects.filter(conversation=row).count() == 1
