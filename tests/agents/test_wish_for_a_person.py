"""The explicit wish for a person (S2-12, S3-18): by rules alone, in English and in the languages that customers write."""

from __future__ import annotations

import pytest

from agents.intents.person import wants_person

# Some are not served, and "a person" is understood all the same.
WISHES = {
    "en": ("I want to talk to a human", "can I speak with a real person please", "get me a manager", "put me through to an agent", "is there anybody I can talk to", "stop, I want a human being", "connect me to customer service", "I need to speak to someone", "let me talk to a representative", "agent please", "no more bots", "human", "can somebody call me back", "I'd rather deal with a person", "transfer me to your supervisor", "could you escalate this to a person", "I would like to chat with a live agent",),
    "de": ("Ich möchte mit einem Menschen sprechen", "Kann ich mit einem Mitarbeiter reden?", "Bitte verbinden Sie mich mit einem Mitarbeiter", "Mensch bitte",),
    "fr": ("Je veux parler à un humain", "Puis-je parler à un conseiller ?", "passez-moi quelqu'un s'il vous plaît", "une vraie personne svp",),
    "es": ("Quiero hablar con una persona", "¿Puedo hablar con un agente?", "páseme con un humano", "necesito un agente humano",),
    "pt": ("Quero falar com uma pessoa", "falar com atendente", "posso falar com um humano?",),
    "it": ("Voglio parlare con una persona", "posso parlare con un operatore?", "mi passi un operatore",),
    "nl": ("Ik wil met een mens praten", "Kan ik een medewerker spreken?", "verbind me door met een medewerker",),
    "pl": ("Chcę rozmawiać z człowiekiem", "proszę o kontakt z konsultantem", "połącz mnie z konsultantem",),
    "ru": ("Хочу поговорить с человеком", "соедините с оператором", "позовите оператора",),
    "uk": ("Хочу поговорити з людиною", "з'єднайте з оператором",),
    "tr": ("Bir insanla konuşmak istiyorum", "müşteri temsilcisine bağlan", "gerçek bir kişiyle görüşmek istiyorum",),
    "ar": ("أريد التحدث مع شخص", "أريد التحدث إلى موظف", "حولني إلى موظف",),
    "hi": ("मुझे किसी इंसान से बात करनी है", "एजेंट से बात करवाओ", "mujhe insaan se baat karni hai",),
    "bn": ("আমি একজন মানুষের সাথে কথা বলতে চাই", "প্রতিনিধির সাথে কথা বলব",),
    "zh": ("我要找人工客服", "转人工", "我想和真人说话",),
    "ja": ("人と話したいです", "オペレーターに繋いでください", "担当者と話したい",),
    "ko": ("상담원 연결해 주세요", "사람과 이야기하고 싶어요",),
    "vi": ("Tôi muốn nói chuyện với người thật", "cho tôi gặp nhân viên",),
    "id": ("Saya mau bicara dengan orang", "hubungkan saya dengan agen", "saya ingin berbicara dengan manusia",),
    "sv": ("Jag vill prata med en människa", "kan jag få tala med någon",),
    "fi": ("Haluan puhua ihmisen kanssa", "voinko puhua asiakaspalvelijan kanssa",),
    "cs": ("Chci mluvit s člověkem", "spojte mě s operátorem",),
    "el": ("θέλω να μιλήσω με άνθρωπο", "συνδέστε με με εκπρόσωπο",),
    "he": ("אני רוצה לדבר עם בן אדם", "נציג אנושי בבקשה",),
    "ro": ("Vreau să vorbesc cu un om", "vreau un operator",),
    "hu": ("Emberrel szeretnék beszélni", "kapcsoljon egy ügyintézőt",),
    "th": ("ขอคุยกับเจ้าหน้าที่", "อยากคุยกับคน",),
    "da": ("Jeg vil gerne tale med et menneske",),
    "no": ("Jeg vil snakke med et menneske",),
}  # fmt: skip
MENTIONS = (
    "is this jacket for a person of 1.80 m",
    "a tent for four people",
    "I spoke to an agent yesterday, where is my parcel",
    "is it for one person or two?",
    "my manager ordered it, where is it",
    "I'm a human rights lawyer's assistant shopping for boots",
    "the person at the door was rude",
    "does the human hair brush come in blue",
    "ship it to another person please",
    "the agent said Tuesday, what now",
    "are you a human?",
    "I don't need to talk to anyone, just tell me the price",
    "the courier handed it to someone else",
    "someone stole my parcel",
    "gift for someone special",
    "can a person of 100 kg use the chair?",
    "who is the customer service champion shirt for",
    "is it a one-person job to assemble it?",
    "can two people sleep in it?",
    "my boss wants an invoice",
    "Ist die Jacke für eine Person mit 1,80 m?",
    "c'est pour une personne de 1m80",
    "¿es para una persona de 1,80 m?",
    "un tavolo per sei persone",
    "voor vier personen",
    "namiot dla czterech osób",
    "一个人能用吗",
    "この商品は一人用ですか",
    "a mannequin or real human model in the photos?",
    "do you have representative photos?",
    "what does the special agent edition cost",
    "call me Anna",
)


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in WISHES.items() for text in texts])
def test_a_wish_for_a_person_is_heard(language: str, text: str) -> None:
    """S2-12 S3-18"""
    assert wants_person(text)
    assert wants_person(text.upper()) or language in ("tr", "el"), "shouted"  # their capitals fold otherwise


@pytest.mark.parametrize("text", MENTIONS)
def test_a_person_who_is_only_mentioned_is_not_called(text: str) -> None:
    """S1-46"""
    assert not wants_person(text)


def test_there_are_enough_wishes() -> None:
    assert len(WISHES["en"]) >= 12
    assert len(WISHES) >= 21
    assert len(MENTIONS) >= 30
