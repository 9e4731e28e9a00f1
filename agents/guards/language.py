"""Which language a text is in: by its script, else by the small words that every sentence of a language needs."""

from __future__ import annotations

import re
from typing import Final

_SCRIPTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_SMALL: Final[dict[str, frozenset[str]]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the my is it was where what when how can you please have has not i'm and of to do does "
        "this that are with order for your me would",
        "de": "der die das ich ist nicht und wo mein meine meinen bitte habe hat wie was ein eine "
        "einen zu mit bestellung für auf sie von wann kann noch",
        "fr": "le la les je est pas et où mon ma mes vous ai avez une un des commande pour avec c'est "
        "j'ai que qui dans quand bonjour sur ne suis",
        "es": "el la los mi es está no y dónde donde por favor qué que una un pedido para con hola "
        "cómo cuánto cuesta cuándo gracias quiero tengo mis se ha del he puedo",
        "pt": "o meu minha está não e onde por favor que uma um pedido para com olá como quando quero "
        "você eu foi seu ainda os em do da posso",
        "it": "il mio mia è non e dove per favore che una un ordine con ciao come quando voglio ho "
        "sono della del di posso mi gli ancora",
        "nl": "de het een is niet en waar mijn alsjeblieft ik heb hoe wat wanneer bestelling voor met "
        "van op nog kan dit dat wil naar zijn",
        "pl": "jest nie gdzie moje moja mój proszę mam jak kiedy zamówienie na się do czy chcę od dla "
        "paczka co jeszcze",
        "sv": "är inte och var min mitt snälla jag har hur när beställning för med på det en ett kan "
        "från till den vill",
        "tr": "nerede benim siparişim ve bir bu için lütfen nasıl zaman var değil ne ben mi istiyorum kargo geldi",
    }.items()
}
SMALL: Final = frozenset().union(*_SMALL.values())
_UPSIDE_DOWN: Final = re.compile("[¿¡]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def detect(text: str, inherited: str = "en") -> str:
    """ISO 639-1. Where the small words don't tell (short texts, names, ids) the conversation's language stays."""
    for code, pattern in _SCRIPTS:
        if len(pattern.findall(text)) >= 2:
            return code
    if _UPSIDE_DOWN.search(text):
        return "es"
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    counts = {code: sum(word in small for word in words) for code, small in _SMALL.items()}
    best = max(counts, key=lambda code: (counts[code], code == inherited))
    runner_up = max(counts[code] for code in counts if code != best)
    is_sure = counts[best] >= 2 and (counts[best] > runner_up or best == inherited) and counts[best] * 6 >= len(words)
    return best if is_sure and not (best != inherited and counts[best] - counts.get(inherited, 0) < 2) else inherited
