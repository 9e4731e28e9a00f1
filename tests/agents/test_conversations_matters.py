"""Customers who want several things, change their mind, go astray and come back: nobody repeats anything, nothing is lost."""

from __future__ import annotations

from tests.agents.talks import VISITOR, last, packet, says, talk, walk
from tests.house import House

KETTLE = r"Packhorse.*kettle|kettle.*Packhorse"
STUCK = r"Buffalo"
RETURNS = r"14 days.*\[1\]"
LIST = r"FW-10488.*FW-10482.*FW-10467"
PLATES = r"Dinner Set"
NO_SILLY_GUESS = r"Do you mean|is it about .* or "

TALKS = (
    talk("two matters", says("where is FW-10482 and what's your returns policy?", KETTLE, RETURNS)),
    talk(
        "three matters",
        says("where is FW-10482, also how long does a refund take and do you deliver to Canada?", KETTLE, r"refund.*\[1\]", r"Canada.*\[2\]"),
    ),
    talk("two questions about one matter", says("what do I get with Fernway Plus and what does it cost?", r"free standard delivery", r"\$49 a year")),
    talk(
        "one matter for a person",
        says("What's your returns policy? And I want a refund for FW-10476, the mug came cracked", RETURNS, r"FW-10476.*149\.00|149\.00.*FW-10476", lacks=["missing or damaged", "And about"]),
    ),
    talk(
        "one question at a time",
        says("where is FW-10467 and I want a refund for FW-10476, it was damaged", r"Buffalo", r"\?"),
        says("no", r"FW-10476.*149\.00|149\.00.*FW-10476"),
    ),
    talk("a person and an answer", says("where is FW-10482? and I want to talk to a human", KETTLE, lacks=[r"\?"]), reason="customer-asked-for-person"),
    talk(
        "four matters",
        says("Hi! Where's FW-10482? What's the warranty on it? Do you ship to Canada? And I need to cancel FW-10488.", KETTLE, r"warranty", r"Canada", r"FW-10488.*\$79\.00.*\?$"),
        says("no", r"as it is", lacks=["colleague"]),
        says("can I talk to a person about it please"),
        reason="customer-asked-for-person",
    ),
    talk(
        "the second matter waits its turn",
        says("where is my order and I want to return something I bought", LIST),
        says("the kettle", KETTLE, r"sending something back"),
        says("FW-10476", r"FW-10476.*149\.00", r"\?"),
        says("no", r"as it is"),
    ),
    talk("several orders", says("status of FW-10482, FW-10467 and FW-99999 please", KETTLE, STUCK, r"FW-99999")),
    talk("all of them", says("where is my order?", LIST), says("all of them", KETTLE, STUCK, r"Camp Lantern")),
    talk("all my orders", says("where are all my orders?", KETTLE, STUCK, r"Camp Lantern")),
    talk("an older one", says("where is my order?", LIST), says("an older one", r"FW-10476.*FW-10473"), says("the desk mat", r"Cork Desk Mat.*delivered|delivered.*Cork Desk Mat|Cork Desk Mat")),
    talk("the likely one", says("where is my order?", LIST), says("hm, not sure", r"FW-10488"), says("yes", r"Camp Lantern", lacks=["colleague"])),
    talk("a number among little else", says("hey\nquick q\nmy lamp\nFW-10467\nplease", r"Buffalo")),
    talk(
        "a letter",
        says(
            "Dear team, I hope this finds you well. I placed an order (FW-10482) a few days ago and was wondering whether you could kindly let me know when I may "
            "expect it. Also, should it not fit, how long would I have to return it? Many thanks in advance and best wishes, Alice",
            KETTLE,
            r"14 days",
        ),
    ),
    talk(
        "one thing instead of another",
        says("I want my money back", r"FW-10476"),
        says("no wait, I'd rather have an exchange", r"FW-10476"),
        says("FW-10476", r"chalk"),
        says("smaller plates", r"chalk"),
        says("the chalk ones", r"chalk instead of moss", r"\?", lacks=["refund"]),
        says("forget it", r"[Nn]othing was changed"),
    ),
    talk("and the other one", says("where is FW-10482?", KETTLE), says("and the other one?", r"FW-10488.*FW-10467", lacks=["FW-10482"])),
    talk("when will it arrive", says("where is FW-10482?", KETTLE), says("when will it arrive?", KETTLE), says("and is it free to return?", r"Returns are free", lacks=[KETTLE])),
    talk("no, the other", says("where is FW-10482", KETTLE), says("no, I meant FW-10476", r"FW-10476", PLATES), says("not FW-10476, FW-10467", STUCK)),
    talk("wrong one", says("status of 10482 please", KETTLE), says("wrong one, the lamp", STUCK)),
    talk("a slip", says("were is my ordr", LIST), says("teh ketle", KETTLE)),
    talk("odd spellings", says("f w 1 0 4 8 2 status", KETTLE), says("fw10476", PLATES), says("order no. 10488", r"Camp Lantern"), says("#FW-10420", r"Cork Desk Mat")),
    talk("bare words", says("order", LIST), says("kettle", KETTLE)),
    talk("one word", says("shipping", r"\$5\.95")),
    talk("it's not here", says("it's still not here", LIST)),
    talk("never mind", says("where's my order", LIST), says("never mind", r"nothing was changed"), says("actually, where is FW-10467", STUCK), says("no thanks", lacks=["stopped"])),
    talk("a digression", says("where is my order?", LIST), says("wait, how long do I have to return things?", r"14 days", r"FW-10488"), says("the kettle", KETTLE)),
    talk("hello?", says("where is my stuff", LIST), says("hello?", r"here|listening", r"FW-10488"), says("??", r"here|listening", r"FW-10488"), says("the kettle", KETTLE)),
    talk("a question behind an offer", says("where is FW-10467", STUCK), says("how long would that take?", r"colleague", r"Shall I pass it on"), says("maybe later", lacks=[r"\?"])),
    talk(
        "back to the offer",
        says("how do I pitch the tent?", r"inner tent", r"days ago"),
        says("what's your returns policy?", r"14 days", r"confirm it\?"),
        says("yes"),
        reason="stale-knowledge",
    ),
    talk("an answer that was none", says("how do I reset my password?", r"Forgot password"), says("that didn't help", r"colleague", lacks=["Forgot password"]), says("yes"), reason="answer-not-helpful"),
    talk("it leans on the page before", says("can the Dutch oven go on induction?", r"induction"), says("how much does it cost?", r"colleague", lacks=[r"\$"])),
    talk("never got it", says("Where is FW-10476?", PLATES), says("I never got it", r"FW-10476", r"partner", r"\?"), says("yes"), reason="write-exception"),
    talk("cancel it", says("where is FW-10488?"), says("cancel it", r"FW-10488", r"\$79\.00", r"\?"), says("no", r"as it is")),
    talk(
        "a refund is offered",
        says("refund please", r"FW-10476"),
        says("how long does it take?", r"FW-10476"),
        says("the dinner set", r"FW-10476", r"reason|[Ww]hat happened"),
        says("two plates were chipped", r"FW-10476", r"149\.00", r"\?"),
    ),
    talk("the thing names the order", says("I want to return the daypack because it doesn't fit", r"FW-10473.*96\.00", r"\?")),
    talk("only what can be cancelled", says("cancel my order", r"FW-10488", r"\$79\.00", lacks=["FW-10476"]), says("no, leave it", r"as it is|Nothing was changed")),
    talk("nobody angry is quizzed", says("give me a refund you thieves!!!", lacks=[r"\?"]), reason="order-not-identified"),
    talk("a bare number beside a matter", says("my parcel says delivered but it isn't here, FW-10473", r"FW-10473", r"Trail Daypack", r"again", r"\?")),
    talk("generally, not this one", says("can I return something that was sold by a partner?", r"7 days")),
    talk("small talk uses nothing up", *[says(text) for text in ("hey there", "how are you?", "nice weather today", "what's your name", "lol", "ok")], says("are you a robot?", r"AI assistant")),
    talk("out of scope is nobody's failure", says("what's the capital of France?"), says("write me a python script"), says("who should I vote for?"), says("where is FW-10482", KETTLE)),
    talk(
        "a visitor's steps count as steps",
        says("where is my order?", r"e-mail address.*number|number.*e-mail address"),
        says("do you ship to Canada?", r"Canada"),
        says("FW-10482", r"e-mail address"),
        says("alice@example.com", KETTLE),
        says("and FW-10467?", STUCK),
        who=VISITOR,
    ),
    talk("a visitor without the number", says("where is my order"), says("I don't know the number"), says("alice@example.com", r"order number"), says("10482", KETTLE), who=VISITOR),
)  # fmt: skip


def test_customers_get_answers_however_they_go_about_it(house: House) -> None:
    """S2-02, S3-14, S4-12, S4-13, D22: every matter of a message is answered, set aside or handed over, none is lost."""
    rows = walk(house, TALKS)
    both = packet(rows["four matters"])
    assert "FW-10488" in " ".join(both["issue"])
    assert "FW-10482" in " ".join(both["issue"])
    marks = [c["n"] for c in last(rows["three matters"]).extra["citations"]]
    assert marks == [1, 2], "citations count through the message"
    assert all(run.active is False for run in rows["a person and an answer"].runs.all()), "a person has it now"


def test_the_two_disclosures_are_made_once_each(small_house: House) -> None:
    """S1-48: the notice about account data belongs to the first request for it."""
    lines = ("where is my order", "never mind", "where is my parcel", "forget it", "where is my package?")
    _, answers = small_house.ask(small_house.visitor(), *lines)
    said = "\n".join(text for turn in answers for text in turn)
    assert said.count("I'm an AI assistant. For complex issues, I can connect you with a specialist.") == 1
    assert said.count("I'll need to access your account information to help with this.") == 1
