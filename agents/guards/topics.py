"""What the agent never talks about, by the names of the policy (S1-47). A pack's policy says which of them are on."""

from __future__ import annotations

import re
from typing import Final

_MARKETS: Final = r"amazon|ebay|walmart|etsy|aliexpress|temu|shein|target|ikea|zalando|wayfair|best\s*buy|costco|otto"
_TOOLS: Final = (
    r"zendesk|salesforce|jira|confluence|slack|hubspot|freshdesk|intercom|servicenow|chatwoot"
    r"|libredesk|shopify\s+admin|"
    r"stripe\s+dashboard|postgres\w*|redis|celery|django|kubernetes|grafana|sql"
)
TOPICS: Final[dict[str, re.Pattern[str]]] = {
    "competitor_product_comparison": re.compile(
        rf"\b(?:better|worse|cheaper|faster|more\s+expensive|higher\s+quality|superior|inferior"
        rf"|similar|compared)\s+(?:\w+\s+){{0,2}}(?:than|to|with)\s+(?:\w+\s+){{0,3}}"
        rf"(?:{_MARKETS}|competitors?|other\s+(?:shops?|stores?|brands?|retailers?|companies)"
        rf"|(?:the\s+)?competition)\b|"
        rf"\b(?:unlike|versus|vs\.?)\s+(?:{_MARKETS}|(?:our\s+)?competitors?|other\s+(?:shops?"
        rf"|stores?|brands?|retailers?|companies))\b|"
        rf"\b(?:our\s+)?competitors?\b|\b(?:{_MARKETS})(?:'s)?\s+(?:has|have|offers?|sells?|price"
        rf"|version|product|delivery)\b",
        re.IGNORECASE,
    ),
    "unreleased_features": re.compile(
        r"\b(?:coming\s+soon|upcoming\s+(?:feature|release|product|version|model|update)s?|(?:on"
        r"|in)\s+(?:our|the)\s+roadmap|(?:will|is\s+going\s+to|to)\s+be\s+(?:released|launched"
        r"|rolled\s+out)|"
        r"(?:we'?re|we\s+are|we'?ll\s+be)\s+(?:launching|releasing|rolling\s+out|working\s+on"
        r"|planning\s+to\s+(?:add|launch|release))|next\s+(?:release|version|generation|quarter)|"
        r"(?:we|it)\s+(?:plan|intend|hope)s?\s+to\s+(?:add|launch|release|support|introduce)"
        r"|new\s+version\s+(?:will|is\s+coming)|in\s+beta|not\s+yet\s+(?:announced|released))\b",
        re.IGNORECASE,
    ),
    "internal_tooling_names": re.compile(
        rf"\b(?:{_TOOLS})\b|\b(?:our|the)\s+(?:internal|back[- ]?end|backoffice|back[- "
        rf"]office)\s+(?:tool|tools|system|systems|database|dashboard|ticketing|queue|api|console"
        rf"|panel)\b|"
        r"\b(?:system\s+prompt|language\s+model|tool\s+call|api\s+(?:key|endpoint)|stack\s*trace"
        r"|traceback|admin\s+panel)\b|\b[a-z]+(?:_[a-z]+)+\(",
        re.IGNORECASE,
    ),
    "pricing_not_in_catalog": re.compile(
        r"\b(?:special|exclusive|secret|personal|one[- ]time)\s+(?:price|discount|deal|offer"
        r"|rate)\b|\bprice\s+match\w*|"
        r"\bi(?:'?ll|\s+(?:can|could|will))\s+(?:give|offer|get)\s+(?:you\s+)?(?:a\s+"
        r"|an\s+)?(?:\S+\s+)?(?:discount|price\s+reduction|better\s+price|lower\s+price)\b",
        re.IGNORECASE,
    ),
    "legal_advice": re.compile(
        r"\byou\s+(?:could|should|can|may|might|must)\s+(?:sue|take\s+(?:legal\s+action|(?:them"
        r"|us|it|this)\s+to\s+court)|file\s+a\s+(?:lawsuit|claim\s+in\s+court)|press\s+charges)\b"
        r"|"
        r"\b(?:legally|by\s+law|under\s+(?:\w+\s+){0,3}law)\b[^.?!]{0,40}\b(?:entitled|obliged"
        r"|required|liable|must|right|rights|owed?)\b|\byour\s+(?:legal|statutory"
        r"|consumer)\s+rights?\b|"
        r"\b(?:we\s+are|you\s+are|they\s+are|is)\s+(?:legally\s+)?(?:not\s+)?liable\b"
        r"|\blegal\s+advice\b|\bin\s+(?:my|our)\s+legal\s+opinion\b|\b(?:gdpr"
        r"|consumer\s+rights\s+act)\s+(?:says|requires|gives|entitles)\b",
        re.IGNORECASE,
    ),
}
