"""`manage.py models smoke|ledger`: does every role's model answer, and what have models cost."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandParser

from agents.llm import ledger, trial
from conversations.command import BadInputError, HandrailCommand

NO_KEY: Final = "Skipped: no role has a model that can be asked. Set ANTHROPIC_API_KEY."


class Command(HandrailCommand):
    help = "Ask each role's model one small question, or show what models have cost."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="smoke|ledger", required=True)
        for verb in ("smoke", "ledger"):
            sub = verbs.add_parser(verb)
            sub.add_argument("--json", action="store_true", dest="as_json")
            if verb == "ledger":
                sub.add_argument("--days", type=int, default=7, help="so many days back")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(options)

    def smoke(self, options: dict[str, Any]) -> None:
        if not trial.possible():
            self.stdout.write(NO_KEY)
            if options["as_json"]:
                self.emit({"skipped": NO_KEY, "roles": [], "cost_micros": 0})
            return
        rows = [trial.ask(role, model) for role, model in sorted(settings.HANDRAIL_MODELS.items())]
        for row in rows:
            said = row["error"] or f"{row['input']} tokens in, {row['output']} out, {dollars(row['cost_micros'])}"
            self.stdout.write(f"{row['role']:<12} {row['model']:<34} {said} ({row['ms']} ms)")
        if options["as_json"]:
            self.emit({"skipped": None, "roles": rows, "cost_micros": sum(row["cost_micros"] for row in rows)})
        if any(row["error"] for row in rows):
            raise SystemExit(1)

    def ledger(self, options: dict[str, Any]) -> None:
        if options["days"] < 1:
            raise BadInputError("Say how many days: models ledger --days 7.")
        rows = ledger.by_day(options["days"])
        for row in rows:
            self.stdout.write(
                f"{row['day']}  {row['role']:<12} {row['model']:<28} {row['calls']} calls, {row['failed']} failed, "
                f"{row['input']} in, {row['output']} out, {dollars(row['cost_micros'])}"
            )
        total = sum(row["cost_micros"] for row in rows)
        self.stdout.write(f"{dollars(total)} in {options['days']} days.")
        if options["as_json"]:
            self.emit({"days": options["days"], "rows": rows, "cost_micros": total})


def dollars(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d} USD"
