"""`manage.py pause`: the red switch, and what it holds at the moment."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from agents import pausing
from conversations import pauses
from conversations.command import BadInputError, HandrailCommand
from conversations.models import Pause


class Command(HandrailCommand):
    help = "Show what of the agent is paused, or pause more: everything, all writes, one intent or one channel."
    verb = "pause"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scope", nargs="?", choices=Pause.Scope.values, help="without it the state is shown")
        parser.add_argument("name", nargs="?", default="", help="of the intent or the channel")
        parser.add_argument("--as", dest="user", metavar="USER", help="who does it: a user name")
        parser.add_argument("--why", metavar="TEXT", default="", help="read by everybody in the console")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        changed = self.change(options) if options["scope"] else None
        rows = pauses.now()
        if options["as_json"]:
            state = {"paused": [pausing.as_json(row) for row in rows]}
            self.emit(state | ({self.verb: pausing.as_json(changed)} if changed is not None else {}))
            return
        for row in rows:
            by = row.paused_by.get_username()
            self.stdout.write(f"Paused: {row}, since {row.paused_at:%Y-%m-%d %H:%M:%S} UTC by {by}: {row.why}")
        if not rows:
            self.stdout.write("Nothing is paused.")

    def change(self, options: dict[str, Any]) -> Pause:
        user = get_user_model().objects.filter(username=options["user"] or "").first()
        if user is None:
            raise BadInputError(f"Say who does it and why: {self.verb} {options['scope']} --as USER --why TEXT.")
        try:
            return self.do(options["scope"], options["name"], user, options["why"])
        except pausing.CantError as error:
            raise BadInputError(str(error)) from error

    def do(self, scope: str, name: str, user: Any, why: str) -> Pause:
        return pausing.pause(scope, name, user, why)
