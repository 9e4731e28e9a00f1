"""What we know and may say: articles, their versions and passages, and the versions of policy and taxonomy."""

from __future__ import annotations

from .articles import Article, ArticleVersion, HelpVote, ReviewNote, Topic
from .asked import Check, Gap, Incident
from .audits import AuditDay, Finding, WeeklyReport
from .configs import ConfigVersion
from .examples import Example
from .imports import Imported, ImportRun
from .index import Corpus, PageWord, Passage, PassageVector, Posting, ReadyVector, SentenceVector
from .readers import READABLE, Audience, narrower, reader

__all__ = [
    "READABLE", "Article", "ArticleVersion", "Audience", "AuditDay", "Check", "ConfigVersion", "Corpus",
    "Example", "Finding", "Gap", "HelpVote", "ImportRun", "Imported", "Incident", "PageWord", "Passage",
    "PassageVector", "Posting", "ReadyVector", "ReviewNote", "SentenceVector", "Topic", "WeeklyReport",
    "narrower", "reader",
]  # fmt: skip
