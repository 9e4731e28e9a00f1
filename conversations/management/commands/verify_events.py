"""`manage.py verify_events [--json]`: recompute every event chain; exit 1 when one is broken."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from conversations import events
from conversations.command import HandrailCommand


class Command(HandrailCommand):
    help = "Recompute every event chain and compare it with the anchors."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = events.verify()
        for problem in verdict.problems:
            self.stdout.write(problem)
        self.stdout.write(
            f"{verdict.n} events in {verdict.streams} streams: {'valid' if verdict.valid else 'NOT VALID'}"
        )
        if options["as_json"]:
            self.emit(
                {"valid": verdict.valid, "n": verdict.n, "streams": verdict.streams, "problems": verdict.problems}
            )
        if not verdict.valid:
            sys.exit(1)
