"""`manage.py seed`: what the agent needs before it can speak; after an update, a release of the new code."""

from __future__ import annotations

from typing import Any

from agents import seed
from agents.models import Release
from conversations.command import HandrailCommand


class Command(HandrailCommand):
    help = "Make the first policy, taxonomy, articles and release; later, release the installed code. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        seed.seed()
        live = Release.objects.get(status=Release.Status.LIVE)
        self.stdout.write(f"{live} is live.")
