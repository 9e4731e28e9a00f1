"""`manage.py intents doctor`: what stands in the way of each intent, and who would have to do what about it (S0-03)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from agents import standing
from conversations.command import HandrailCommand


class Command(HandrailCommand):
    help = "Say of every intent whether it may be on, and what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["doctor"])
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        found = standing.intents()
        if options["as_json"]:
            self.emit({"intents": found, "healthy": not any(found.values())})
        else:
            for name, problems in found.items():
                self.stdout.write(f"{name}: {' '.join(problems) or 'fine.'}")
        if any(found.values()):
            raise SystemExit(1)
