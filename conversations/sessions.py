"""Whether an operator's open page may still see: asked again and again, because a socket outlives a sign-out."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.utils.crypto import constant_time_compare

from .access import is_operator


@dataclass(frozen=True)
class Session:
    """Who opened the page, in which session, under which password."""

    key: str
    user_id: int
    auth_hash: str

    @classmethod
    def of(cls, scope: dict[str, Any]) -> Self:
        user = scope["user"]
        return cls(scope["session"].session_key or "", user.pk, user.get_session_auth_hash())


def still_valid(session: Session) -> bool:
    """Signed in as the same user, not expired, active, an operator, and the password unchanged."""
    user = get_user_model().objects.filter(pk=session.user_id).first()
    if user is None or not is_operator(user):
        return False
    store = import_module(settings.SESSION_ENGINE).SessionStore
    kept = store(session.key).load()  # empty when it is gone or expired
    return kept.get(SESSION_KEY) == str(session.user_id) and constant_time_compare(
        user.get_session_auth_hash(), session.auth_hash
    )
