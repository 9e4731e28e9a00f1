"""`manage.py authority`: how far the agent reaches, and raising or lowering it (S1-21)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from agents import releases, standing
from agents.models import Authority
from conversations.command import BadInputError, HandrailCommand


class Command(HandrailCommand):
    help = "Show how far the agent reaches, or change it: 0 reads and answers, 1 small writes, 2 as the policy says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("level", nargs="?", type=int, help="0, 1 or 2; without it the level is shown")
        parser.add_argument("--as", dest="user", metavar="USER", help="who changes it: a manager or an administrator")
        parser.add_argument("--evidence", metavar="TEXT", help="what was measured, over how much, and where it stands")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["level"] is not None:
            self.change(options)
        level = releases.live_authority()
        last = Authority.objects.order_by("-pk").first()
        if options["as_json"]:
            by, evidence = (last.by, last.evidence) if last else (None, None)
            self.emit({"level": level, "reaches": releases.LEVELS[level], "changed_by": by, "evidence": evidence})
            return
        self.stdout.write(f"Level {level}: {releases.LEVELS[level]}.")
        if last is not None:
            self.stdout.write(f"Changed from {last.before} by {last.by}: {last.evidence}")

    def change(self, options: dict[str, Any]) -> None:
        user = get_user_model().objects.filter(username=options["user"] or "").first()
        if user is None:
            raise BadInputError("Say who changes it: authority LEVEL --as USER --evidence TEXT.")
        try:
            standing.change(options["level"], user, options["evidence"] or "")
        except releases.AuthorityError as error:
            raise BadInputError(str(error)) from error
