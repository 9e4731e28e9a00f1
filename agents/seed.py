"""What the agent needs before it can say a word: articles, a policy, a taxonomy, and a release that pins them."""

from __future__ import annotations

from knowledge import seed as knowledge_seed

from . import releases
from .intents import taxonomy


def seed() -> None:
    """Idempotent: unchanged text adds nothing, and a release is only made when it would pin something else."""
    from tools import pack

    company = pack.active()
    knowledge_seed.seed_articles(company.articles)
    policy = knowledge_seed.seed_policy(company.policy)
    intents = knowledge_seed.seed_config("taxonomy", taxonomy.merged_text(company.intents))
    releases.ensure_first(policy, intents)
