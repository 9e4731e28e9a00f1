"""Which language a text is in: by its script, else by the small words that every sentence of a language needs."""

from __future__ import annotations

import re
from typing import Final

_SCRIPTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_UKRAINIAN: Final = re.compile(r"[іїєґ]|\b(?:моє|маю|вже|чекаю|допоможіть|дякую|щодо|доброго)\b", re.IGNORECASE)
# Small words of English as well: they tell nothing.
_ENGLISH: Final = frozenset(
    {
        "a", "i", "an", "in", "on", "at", "to", "do", "me", "am", "plus", "no", "he", "we",
        "if", "or", "be", "by", "so", "son", "costa", "two",
    }
)  # fmt: skip
_SMALL: Final[dict[str, frozenset[str]]] = {
    code: frozenset(words.split()) - (_ENGLISH if code != "en" else set())
    for code, words in {
        "en": "the my is it was where what when how can you please have has not i'm and of to do does "
        "this that are with order for your me would",
        "de": "der die das ich ist nicht und wo mein meine meinen bitte habe hat wie was ein eine "
        "einen zu mit bestellung für auf sie von wann kann noch möchte vielen dank ihre ihr ihnen hilfe können mir "
        "kein keine seit warte guten tag paket geld zurück kaputt wird wurde oder aber wenn mich lange dauert "
        "den dem des im bin sind hatte haben wir du er es sich bekommen falschen konto auch nur mehr sehr "
        "jetzt vom zum zur bei nach aus alle alles etwas nichts warum welche artikel",
        "fr": "le la les je est pas et où mon ma mes vous ai avez une un des commande pour avec c'est "
        "j'ai que qui dans quand bonjour sur ne suis merci votre vos aide combien coûte depuis deux semaines "
        "j'attends pouvez plaît au du ce cette n'est n'ai colis livraison voudrais annuler j' l' d' c' n' s' qu' "
        "reçu cet ces son sa ses nous ils elle il on mais ou plus très bien faire fait compte quel quelle "
        "taille mauvais cher",
        "es": "el la los mi es está no y dónde donde por favor qué que una un pedido para con hola "
        "cómo cuánto cuesta cuándo gracias quiero tengo mis se ha del he puedo me pueden puede ayudar llevo "
        "semanas esperando desde todavía necesito cancelar devolver dos muchas buenos días mucho envío "
        "tienen tiene talla esta este recibido su sus nos muy más pero como hacer hago cuenta son fue hay "
        "cuando llega equivocado",
        "pt": "o meu minha está não e onde por favor que uma um pedido para com olá como quando quero "
        "você eu foi seu ainda os em do da posso muito obrigado obrigada pela pelo ajuda quanto custa há duas "
        "semanas estou esperando a encomenda chegou bom boa dia tarde tenho pode nada frete cancelar devolver "
        "vocês têm este esta tamanho recebi errado conta faço mas mais ele ela nós isso tem no na nos nas ao produto",
        "it": "il mio mia è non e dove per favore che una un ordine con ciao come quando voglio ho "
        "sono della del di posso mi gli ancora vorrei quanto costa la spedizione da due settimane grazie mille "
        "buongiorno pacco arrivato ricevuto niente lo nostro aspetto restituire l' d' c' dell' all' dov' un' "
        "avete questa questo nella nel taglia sbagliato cosa faccio ma più molto anche alla al i hanno ha "
        "siete annullare",
        "nl": "de het een is niet en waar mijn alsjeblieft ik heb hoe wat wanneer bestelling voor met "
        "van op nog kan dit dat wil naar zijn kunt u mij helpen alstublieft wacht al twee weken bedankt uw hulp "
        "kost geld terug niets goedemorgen graag "
        "hebben jullie deze maat verkeerde gekregen nu je we zij hij maar ook meer veel geen wie waarom bij uit door",
        "pl": "jest nie gdzie moje moja mój proszę mam jak kiedy zamówienie na się do czy chcę od dla "
        "paczka co jeszcze dzień dobry pytanie o możecie mi pomóc ile kosztuje czekam już dwa tygodnie dziękuję "
        "za pomoc nic i",
        "sv": "är inte och var min mitt snälla jag har hur när beställning för med på det en ett kan "
        "från till den vill ni hjälpa tack vad kostar hej två veckor om väntat mig "
        "fick fel här storlek konto gör att som av men så du vi de ska varför vilken kommit paketet lämna "
        "tillbaka jackan",
        "da": "hvor er min mit jeg vil gerne ikke har et en og pakken kommet hej hei om hvornår kan hjælpe mig "
        "hvad koster uger uker til af av på det den ordre tilbage tilbake tak takk dere når hvordan hva penge "
        "fik forkerte vare denne størrelse konto gør som men så du vi skal hvorfor hvilken ",
        "fi": "missä on haluan ei ole minulla minua hei milloin miten kiitos tilaus tilaukseni voitteko ja en mitä "
        "siitä paljonko rikki takaisin se olen paketti pakettini laskusta palauttaa perua miksi vielä saanut "
        "onko teillä tätä tilini teen sain väärän tuotteen minun minä te tämä tuo mutta jos kun niin myös "
        "kuin vain voinko haluaisin voi tulee maksaa auttaa toimitus",
        "cs": "kde je moje můj chci vrátit mám dobrý den kdy přijde můžete mi prosím pomoci kolik stojí čekám už dva "
        "týdny na a peníze děkuji se to jsem k balík objednávka objednávku zrušit nepřišel "
        "máte tu tento ve v že jsi jsou dostal zboží účet co dělat ale jak proč který pro od do z nebo když "
        "také velikosti bych lampu",
        "ro": "unde este mea meu vreau să nu a bună ziua am o despre când mă puteți ajuta vă rog cât costă de două "
        "și înapoi mulțumesc comanda pachetul ajuns aștept anulez sunt "
        "aveți această acest în mărimea primit produsul greșit contul ce fac dar cum la cu pe pentru sau dacă mi îmi",
        "hu": "hol van a az szeretném nem és mikor jön meg kérem hogy csomag csomagom egy két hete várok mennyibe "
        "kerül köszönöm jó napot vissza rendelésem rendelést kérdésem segíteni "
        "mit ez ezt azt méretben rossz kaptam mi ki de ha mert vagy már még csak is volt lesz lehet kabát",
        "tr": "nerede benim siparişim ve bir bu için lütfen nasıl zaman var değil ne ben mi istiyorum kargo geldi "
        "etmek hala gelmedi merhaba sorum yardım eder misiniz kadar iptal bana geri hakkında siparişi iade bekliyorum "
        "şu o sen biz siz mı mu yanlış ürün hesabım ile daha çok ama veya şimdi neden hangi kırık yok",
        "id": "di mana saya ingin belum sudah mau tentang kapan bisa bantu berapa dan yang ini itu tidak pesanan paket "
        "uang kembali halo terima kasih untuk dengan "
        "akun harus bagaimana apakah ada ukuran menerima barang salah kami kita mereka dia bukan jangan akan "
        "karena jika atau ongkos mengembalikan",
        "vi": "tôi của không ở bạn khi nào cái là và muốn đơn hàng giúp chưa "
        "này có bị phải làm gì nhận tài khoản với được",
    }.items()
}
# Letters that a word of no other of these languages has.
_LETTERS: Final = {
    code: re.compile(f"[{letters}]")
    for code, letters in {
        "de": "ß", "es": "ñ", "pt": "ãõ", "pl": "ąćęłńśźż", "cs": "řěů", "ro": "șțşţă", "hu": "őű", "tr": "ğı",
        "da": "æø", "vi": "đơưạảấầẩậắằặẹẻẽếềểễệỉịọỏốồổỗộớờởợụủứừửữự",
    }.items()
}  # fmt: skip
_MOST_LETTERS: Final = 2  # words that count for their letters alone
_KNOWN: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "tr")
# What a reader of disguises takes for a word. Not of every language: short words of many read anything as text.
SMALL: Final = _SMALL["en"].union(*({word for word in _SMALL[code] if len(word) > 2} for code in _KNOWN))
_UPSIDE_DOWN: Final = re.compile("[¿¡]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def detect(text: str, inherited: str = "en") -> str:
    """ISO 639-1 (da: Danish or Norwegian). Where the small words don't tell (short texts, names, ids) the
    conversation's language stays."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    counts = {code: _count(code, words) for code in _SMALL}
    written = _by_script(text, counts["en"])
    if written is not None:
        return written
    if _UPSIDE_DOWN.search(text):
        return "es"
    best = max(counts, key=lambda code: (counts[code], code == inherited))
    runner_up = max(counts[code] for code in counts if code != best)
    is_sure = counts[best] >= 2 and (counts[best] > runner_up or best == inherited) and counts[best] * 6 >= len(words)
    return best if is_sure and not (best != inherited and counts[best] - counts.get(inherited, 0) < 2) else inherited


def _by_script(text: str, english: int) -> str | None:
    """The language of another script; a name in it among English words is no language."""
    latin = len(re.findall("[A-Za-z]", text))
    for code, pattern in _SCRIPTS:
        count = len(pattern.findall(text))
        if count >= 2 and (english < 2 or count > latin):
            return "uk" if code == "ru" and _UKRAINIAN.search(text) else code
    return None


def _count(code: str, words: list[str]) -> int:
    """Words that the language can't do without, elided ones by their beginning, and a few that only it spells so."""
    small, letters = _SMALL[code], _LETTERS.get(code)
    known = [word in small or ("'" in word and word[: word.index("'") + 1] in small) for word in words]
    spelt = sum(
        bool(letters and letters.search(word)) for word, is_known in zip(words, known, strict=True) if not is_known
    )
    return sum(known) + min(spelt, _MOST_LETTERS)
