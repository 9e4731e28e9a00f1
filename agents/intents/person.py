"""The explicit wish for a person, in many phrasings and languages, by rules: it never depends on a score (S2-12)."""

from __future__ import annotations

import re
from typing import Final

from agents.intents.needles import Patterns

_PERSON: Final = (
    r"(?:human(?:\s+being)?s?|(?:real|actual|live|living)\s+(?:\w+\s+)?(?:person|people|human"
    r"|agent|someone|somebody|operator|rep\w*)|person|people|"
    r"(?:live\s+)?agents?|operators?|representatives?|reps?|someone\s+real|somebody\s+real"
    r"|colleagues?|supervisors?|managers?|boss|"
    r"staff(?:\s+member)?s?|specialists?|advis[eo]rs?|team\s+(?:member|lead(?:er)?)"
    r"|member\s+of\s+(?:the\s+|your\s+)?(?:staff|team)|employees?|"
    r"customer\s+(?:service|support|care)(?:\s+(?:agent|rep\w*|person|team))?|support\s+(?:agent"
    r"|person|team|staff)|call\s*cent(?:er|re)|"
    r"someone|somebody|anyone|anybody)"
)
_REACH: Final = (
    r"(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|escalat\w+|forward(?:ed)?"
    r"|hand(?:ed)?\s+(?:me\s+|this\s+|it\s+)?over|pass(?:ed)?\s+(?:me|this)|"
    r"put\s+(?:me\s+)?(?:through|on|in\s+touch)|get\s+(?:me\s+)?(?:through|in\s+touch|to)|reach"
    r"|contact|patch\s+me|switch|"
    r"deal|discuss|be\s+connected|redirect(?:ed)?)"
)
_ONE: Final = (
    r"(?:human(?:\s+being)?|(?:real|actual|live|living)\s+(?:\w+\s+)?(?:person|people|human|agent|operator|rep\w*)|"
    r"agent|operator|representative|colleague|supervisor|manager|someone\s+real|somebody\s+real|"
    r"staff\s+member|specialist|employee|customer\s+(?:service|support|care)(?:\s+(?:agent|rep\w*"
    r"|person|team))?|live\s+(?:chat|support|help))"
)
_ENGLISH: Final = (
    # "can I speak to someone", "put me through to your manager"; not "someone spoke to my neighbour"
    rf"\b{_REACH}\s+(?:directly\s+)?(?:me\s+|this\s+|it\s+)?(?:over\s+)?(?:to|with)?\s*(?:an?\s+"
    rf"|the\s+|your\s+|one\s+of\s+your\s+|some\s+|another\s+|any\s+)?{_PERSON}\b",
    # "I want a human", "get me a manager", "is there a real person"
    rf"\b(?:want|need|prefer|like|get|give|find|fetch|bring|send|show|have|see)\s+(?:me\s+"
    rf"|us\s+)?(?:to\s+(?:have|see|get)\s+)?(?:an?\s+|the\s+|your\s+|some\s+|another\s+"
    rf"|any\s+)?{_ONE}\b(?!\s*[-']?s?\s+(?:number|review|policy))",
    rf"\b(?:is|are)\s+there\s+(?:an?\s+|any\s+|some)?(?:\s*(?:actual|real|live)\s+)?(?:{_ONE}"
    rf"|someone|somebody|anyone|anybody|people)\s*(?:there|here|available|around|alive|i\s+can"
    rf"|to\s+(?:talk|speak|help)|else|that|who|on|$|[?.!])",
    r"\b(?:anyone|anybody|someone|somebody)\s+(?:alive|real|human|there\s*\?)",
    r"\b(?:want|need)\s+(?:an?|another|some|one)\s+(?:\w+\s+)?person\b(?!\s+to\s+(?:move|hold|keep|transfer|carry|share)\b)",
    r"\b(?:can|could|may|would|will|have|get|let|should)\s+(?:someone|somebody|anyone|a\s+(?:person|colleague|manager))\s+"
    r"(?:\w+\s+){0,4}(?:call|contact|phone|ring|reach|write\s+to|talk\s+to|speak\s+(?:to|with)|get\s+back\s+to)\s+(?:me|us)\b",
    # the bare word, politely wrapped
    rf"^\W*(?:(?:hi|hello|hey|no|ok(?:ay)?|enough|stop|just|please|pls|a|an|the|some|your|get|now"
    rf"|real)[\s,!.]+){{0,4}}(?:{_ONE}|people|person)(?:[\s,!.]+(?:please|pls|plz|now|thanks?"
    rf"|thank\s+you|asap|right\s+now|only|help|support|assistance))*\W*$",
    r"\b(?:do\s+not|don'?t|not)\s+(?:want|like|need|wish)\s+(?:to\s+)?(?:talk(?:ing)?"
    r"|speak(?:ing)?|chat(?:ting)?|deal(?:ing)?|typ(?:e|ing))?\s*(?:to|with)?\s*(?:an?\s+|the\s+"
    r"|this\s+|some\s+|your\s+)?(?:stupid\s+|dumb\s+)?(?:bots?|robots?|machines?|computers?|ai"
    r"|chat\s?bots?|automated\s+\w+)\b",
    r"\b(?:no|stop|enough\s+of)\s+(?:more\s+|with\s+)?(?:the\s+|this\s+)?(?:bots?|robots?|chat\s?bots?|ai)\b",
    r"\b(?:refuse|hate)\s+(?:to\s+)?(?:talk(?:ing)?|type|typing|speak(?:ing)?"
    r"|deal(?:ing)?)\s+(?:to|with)\s+(?:an?\s+|the\s+|this\s+)?(?:bots?|robots?|machines?"
    r"|computers?|ai)\b",
    r"\b(?:call|phone|ring)\s+me(?:\s+back)?\b|\bcall\s*back\b(?=.*\bplease\b|\s*$)|\bspeak\s+on\s+the\s+phone\b",
    r"\b(?:let|may|can|could)\s+(?:me|i|we)\s+(?:please\s+)?(?:have|see|get)\s+(?:a\s+|the\s+"
    r"|your\s+)?(?:supervisor|manager|boss|human|person)\b",
    r"\b(?:pass|hand)\s+(?:it|this|me)\s+(?:on|over)\b",
    # "then ask somebody": what was offered, in other words than yes
    r"^\W*(?:(?:then|so|well|please|just)[\s,]+)*ask\s+(?:someone|somebody|them|a\s+colleague)(?:[\s,]+(?:then|please|else|who\s+knows))*\W*$",
    r"\b(?:human|live|personal)\s+(?:agent|support|help|assistance|contact|operator|chat|being|please)\b",
)
_OTHERS: Final = (
    # German
    r"\b(?:mit\s+(?:einem|einer|jemandem|nem|'?ner)\s+(?:echten\s+|richtigen\s+"
    r"|realen\s+)?(?:menschen|mitarbeiter(?:in)?|person|berater(?:in)?|kollegen|mensch)"
    r"|mit\s+jemandem)\b[^.?!]{0,25}\b(?:sprechen|reden|chatten|verbinden)?",
    r"\b(?:echte[rnm]?|richtige[rnm]?)\s+(?:mensch(?:en)?|person|mitarbeiter(?:in)?)\b"
    r"|\b(?:mensch|mitarbeiter(?:in)?)\s+bitte\b|\bkundenservice\b|\bkundendienst\b",
    # French
    r"\b(?:parler|discuter|échanger)\s+(?:à|a|avec)\s+(?:un\s+|une\s+|quelqu'?\s*un"
    r"|des?\s+)?(?:vrai\w*\s+|vraie\s+)?(?:humain\w*|personne|conseill\w+|agent\w*|op[ée]rateur"
    r"|quelqu'?un|responsable)?|\b(?:vraie\s+personne|[êe]tre\s+humain|un\s+humain"
    r"|un\s+conseiller|une\s+conseill[èe]re)\b",
    # Spanish
    r"\b(?:hablar|comunicar(?:me|se)?|conectar(?:me)?|contactar|chatear|p[áa]s[ae]me"
    r"|ponme)\s+(?:con|a)\s+(?:un\s*a?\s+|el\s+|la\s+|alguna?\s+)?(?:persona|humano|agente"
    r"|asesor\w*|operador\w*|alguien|representante|ser\s+humano|encargado|supervisor)\b"
    r"|\b(?:persona\s+real|ser\s+humano|agente\s+humano|un\s+humano)\b",
    # Portuguese
    r"\b(?:falar|conversar)\s+com\s+(?:um\s*a?\s+|o\s+|a\s+|algu[ée]m)?\s*(?:pessoa|humano"
    r"|atendente|operador\w*|agente|algu[ée]m|ser\s+humano|gerente)?\b"
    r"|\b(?:pessoa\s+(?:de\s+verdade|real)|atendente\s+humano)\b",
    # Italian
    r"\b(?:parlare|chattare)\s+con\s+(?:un\s*a?'?\s*|qualcuno)?\s*(?:persona|umano|operatore"
    r"|operatrice|agente|essere\s+umano|qualcuno|responsabile)?\b|\b(?:persona\s+(?:vera|reale)"
    r"|operatore\s+umano)\b",
    # Dutch
    r"\b(?:met\s+een\s+(?:echt\s*e?\s+)?(?:mens|persoon|medewerker|collega)"
    r"|met\s+iemand)\b[^.?!]{0,20}\b(?:praten|spreken|chatten)?|\becht\s*e?\s+(?:mens|persoon)\b"
    r"|\bmedewerker\s+(?:graag|alsjeblieft|spreken)\b",
    # Polish, Czech, Swedish, Danish, Norwegian, Finnish, Turkish, Romanian, Hungarian
    r"\b(?:rozmawia[ćc]|porozmawia[ćc])\s+z\s+(?:cz[łl]owiekiem|konsultant\w+|kim[śs]|pracownikiem|osob[ąa])",
    r"\bmluvit\s+s\s+(?:člověkem|clovekem|operátorem|operatorem|někým)",
    r"\b(?:prata|tala|snakke|tale)\s+med\s+(?:en\s+|et\s+)?(?:riktig\s+|rigtig\s+"
    r"|ekte\s+)?(?:människa|person|menneske|medarbe[jt]+are?|medarbejder|någon|nogen|noen"
    r"|handläggare|kundeservice|kundtjänst)",
    r"\bpuhua\s+(?:ihmisen|asiakaspalvelijan)\s+kanssa|\bihmis(?:asiakaspalvelija|en\s+kanssa)",
    r"\b(?:bir\s+)?(?:insan|temsilci|yetkili|m[üu][şs]teri\s+temsilcisi)\w*\s+(?:ile\s+"
    r"|ile\s+g[öo]r[üu][şs]|g[öo]r[üu][şs]|konu[şs]|ba[ğg]lan)",
    r"\bvorbesc\s+cu\s+(?:un\s+|o\s+)?(?:om|operator|persoan[ăa]|cineva)|\bember(?:rel"
    r"|i\s+)\s*(?:szeretn|besz[ée]l|[üu]gyint)",
    # Russian, Ukrainian, Greek, Arabic, Hebrew, Hindi, Chinese, Japanese, Korean, Vietnamese, Indonesian
    r"(?:поговорить|говорить|соедините|связаться|поговорити|з'єднайте)[^.?!]{0,20}(?:человек\w*"
    r"|оператор\w*|людин\w*|специалист\w*|менеджер\w*)|живо(?:й|го|му)\s+(?:человек\w*"
    r"|оператор\w*)|^\W*(?:оператор|человек\w*)\W*$",
    r"μιλήσω\s+(?:με|σε)\s+(?:\w+\s+)?(?:άνθρωπο|εκπρόσωπο|κάποιον|υπάλληλο)",
    r"(?:أتحدث|التحدث|اتكلم|أتكلم|التكلم|تحدث)\s+(?:مع|إلى|الى)\s+(?:شخص|موظف|إنسان|انسان|ممثل)"
    r"|موظف\s+حقيقي|خدمة\s+العملاء",
    r"לדבר\s+עם\s+(?:בן\s+אדם|נציג|אדם|מישהו)|נציג\s+אנושי",
    r"(?:इंसान|व्यक्ति|एजेंट|प्रतिनिधि)\s+से\s+(?:बात|संपर्क)",
    r"(?:人工|真人|转人工|轉人工)(?:客服|服务|服務)?|(?:找|和|跟)(?:客服|真人|人工)(?:聊|说|說|谈|談)?",
    r"(?:人間|オペレーター|担当者|有人)(?:と|に|の|対応)|人と話",
    r"(?:상담원|사람|직원)(?:과|이랑|하고|에게|\s*연결)|상담사",
    r"(?:nói\s+chuyện|gặp)\s+(?:với\s+)?(?:người|nhân\s+viên)",
    # "pass me to": French, Italian, Polish, Czech, Indonesian, Romanian, Hungarian
    r"\bpass(?:ez|e)[- ]moi\s+(?:à\s+)?(?:quelqu'?\s*un|un\s+\w+|une\s+\w+|le\s+service|votre\s+responsable)"
    r"|\b(?:mi\s+passi|passami|mi\s+metta\s+in\s+contatto\s+con)\s+(?:un\s*'?|una\s+|il\s+)?\s*(?:operator\w+|persona|responsabile|collega)",
    r"\b(?:kontakt(?:u)?|połącz(?:cie|yć)?(?:\s+mnie)?|polacz(?:cie)?(?:\s+mnie)?)\s+z\s+(?:konsultant\w+|cz[łl]owiekiem|pracownikiem)",
    r"\b(?:spojte|přepojte|prepojte)\s+m[ěe]\s+(?:s|na)\s+(?:operátor\w*|operator\w*|člověk\w*|někým)",
    r"\bhubungkan\s+(?:saya\s+)?(?:dengan|ke)\s+(?:orang|manusia|agen|cs|petugas|operator)",
    r"\b(?:vreau|doresc|vorbi)\s+(?:cu\s+)?un\s+(?:operator|om|agent|consultant)\b|\bkapcsolj\w*\s+(?:egy\s+)?(?:[üu]gyint[ée]z\w+|embert|munkat[áa]rs\w*)",
    r"(?:позовите|переключите|дайте|нужен|соедините\s+(?:меня\s+)?с|покличте|потрібен)\s+(?:мне\s+|на\s+)?(?:оператор\w*|человек\w*|менеджер\w*|людин\w*)",
    r"\b(?:ger[çc]ek\s+)?(?:bir\s+)?(?:ki[şs]iyle|insanla|yetkiliyle|temsilciyle)\s+(?:g[öo]r[üu][şs]|konu[şs])",
    r"(?:حول(?:ني|وني)|وصلني|صلني)\s+(?:إلى|الى|ل|بـ?|مع)\s*(?:شخص|موظف|إنسان|انسان|ممثل)",
    r"\b(?:insaan|insan|aadmi|agent)\s+se\s+(?:baat|bat)\b",
    r"(?:মানুষের|মানুষ|প্রতিনিধির|এজেন্টের|কারো)\s*(?:সাথে|সঙ্গে)\s+(?:কথা|যোগাযোগ)",
    r"συνδέστε\s+με\s+(?:με\s+)?(?:\w+\s+)?(?:άνθρωπο|εκπρόσωπο|κάποιον|υπάλληλο)",
    r"(?:คุย|พูด|ติดต่อ)(?:กับ)?(?:เจ้าหน้าที่|คน|พนักงาน|แอดมิน)",
    r"\b(?:bicara|berbicara|ngobrol)\s+dengan\s+(?:orang|manusia|agen|cs|petugas|seseorang)",
)
_WANTS: Final = Patterns(*_ENGLISH, *_OTHERS)
# The same words without the wish.
_NOT: Final = re.compile(
    r"\b(?:(?:do\s+not|don'?t|no)\s+(?:need|want|have)\s+(?:to\s+(?:talk|speak)\s+(?:to"
    r"|with)\s+)?(?:an?\s+)?(?:human|agent|person|anyone|someone|operator)(?!\s+but)|"
    r"are\s+you\s+(?:an?\s+)?(?:real|human|person|bot|robot|agent|ai)\b(?!.*\b(?:want|need|get|speak|talk)\b)|"
    r"representative\s+(?:photo|picture|image|sample|colou?r)s?|"
    r"call\s+me\s+(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Tomorrow|Today|Back|Now)(?-i:[A-Z][a-z]+)|"
    r"(?:spoke|talked|chatted|spoken|connected)\s+(?:to|with)|"
    r"(?:order|buy|gift|ship|send|give|deliver|return)\w*\s+(?:\w+\s+){0,4}(?:to|for"
    r"|with)\s+(?:someone|somebody|another\s+person|a\s+person|people))\b",
    re.IGNORECASE,
)
# ... and with it after all.
_INSIST: Final = re.compile(
    r"(?<!n't\s)(?<!n’t\s)(?<!not\s)\b(?:want|need|let\s+me|can\s+i|could\s+i|may\s+i|like\s+to|get\s+me|connect\s+me"
    r"|transfer\s+me|put\s+me)\s+(?:\w+\s+){0,2}"
    r"(?:talk|speak|chat|human|manager|agent|person|to\s+(?:a|an|the|your)\s+(?:human|agent"
    r"|manager|person)|supervisor)\b",
    re.IGNORECASE,
)


def wants_person(text: str) -> bool:
    """True when the customer asks for a human being; false when they only mention one."""
    return bool(_WANTS.search(text)) and not (_NOT.search(text) and not _INSIST.search(text))
