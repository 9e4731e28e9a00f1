"""`manage.py seed`: what the agent needs before it can speak; after an update, a release of the new code."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from agents import seed
from agents.models import Release
from conversations.command import HandrailCommand


class Command(HandrailCommand):
    help = "Make the first policy, taxonomy, articles and release; later, release the installed code. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from-pack", action="store_true", help="the pack's policy and intents replace the live ones"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seed.seed(from_pack=options["from_pack"])
        live = Release.objects.get(status=Release.Status.LIVE)
        self.stdout.write(f"{live} is live.")
