"""`manage.py resume`: the agent goes on; what queued up meanwhile is named."""

from __future__ import annotations

from typing import Any

from agents import pausing
from conversations.models import Pause

from .pause import Command as PauseCommand


class Command(PauseCommand):
    help = "Let the agent go on with what was paused; without a scope the state is shown."
    verb = "resume"

    def do(self, scope: str, name: str, user: Any, why: str) -> Pause:
        row = Pause.objects.filter(scope=scope, name=name, resumed_at__isnull=True).first()
        if row is None:
            raise pausing.CantError(f"{scope} {name}".strip() + " isn't paused. `manage.py pause` shows what is.")
        return pausing.resume(row.pk, user, why)
