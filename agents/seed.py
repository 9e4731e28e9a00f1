"""What the agent needs before it can say a word: articles, a policy, a taxonomy, and a release that pins them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from knowledge import seed as knowledge_seed
from knowledge.models import Article, ConfigVersion
from tools import pack

from . import releases
from .intents import taxonomy


def seed(articles: Path | None = None, *, from_pack: bool = False) -> None:
    """Idempotent: unchanged text adds nothing, and a release is only made when it would pin something else.

    `articles`: another folder than the pack's own. `from_pack`: the pack's policy and intents replace the live ones.
    """
    company = pack.active()
    if not Article.objects.exists():  # later the editors' words count, not the pack's
        knowledge_seed.seed_articles(articles or company.articles)
    policy = knowledge_seed.seed_policy(company.policy)
    intents = knowledge_seed.seed_config(ConfigVersion.Kind.TAXONOMY, intents_text(company.intents))
    releases.ensure(policy, intents, replace=from_pack)


@cache
def intents_text(extra: Path) -> str:
    """The base taxonomy with the pack's entries laid over it, as one text. The files belong to the installed code."""
    merged = taxonomy.load(*[path for path in (extra,) if path.exists()]).model_dump(mode="json")
    for rule in (rule for intent in merged["intents"] for rule in intent["rules"] if not rule["such_as"]):
        del rule["such_as"]
    return yaml.dump(merged, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)
