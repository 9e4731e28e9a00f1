"""`manage.py audit_knowledge`: which articles are right, and what is wrong with the others."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from conversations.clock import business_now
from conversations.command import BadInputError, HandrailCommand
from knowledge import audit, findings, pages, weekly


class Command(HandrailCommand):
    help = "Say which articles are outdated, contradictory, ambiguous or ok, and why. Nothing is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--docs", metavar="PATH", type=Path, help="a folder of *.md or *.jsonl, or one such file")
        parser.add_argument("--as-of", metavar="DATE", help="the day to judge by: 2026-01-31 (today)")
        parser.add_argument("--week", action="store_true", help="what the week's report says, as of today")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["week"]:
            self.tell_week(options)
            return
        report = self.report(options["docs"], options["as_of"])
        if options["as_json"]:
            self.emit(report.as_json())
        else:
            self.stdout.write(in_words(report))

    def tell_week(self, options: dict[str, Any]) -> None:
        """From what the last audit kept; nothing is written."""
        if options["docs"] or options["as_of"]:
            raise BadInputError("--week tells of this installation today. Leave --docs and --as-of out.")
        today = business_now().date()
        told = weekly.figures(today)
        if options["as_json"]:
            self.emit(told)
        else:
            self.stdout.write(weekly.in_words(weekly.monday(today), told))

    def report(self, docs: Path | None, as_of: str | None) -> audit.Report:
        now = business_now()
        day = day_of(as_of) if as_of else now.date()
        if docs is None:
            return findings.report(day)
        try:
            return audit.audit(pages.in_files(docs, now), day)
        except ValueError as error:
            raise BadInputError(str(error)) from error


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{text} is no day. Write it like this: 2026-01-31.") from error


def in_words(report: audit.Report) -> str:
    """The shares on top, then each article that isn't ok."""
    shares = ", ".join(f"{name} {share}% ({report.counts[name]})" for name, share in report.shares.items())
    lines = [f"{len(report.pages)} articles on {report.as_of}: {shares}"]
    for row in report.as_json()["articles"]:
        if row["why"]:
            owner = row["owner"] or "nobody"
            lines.append(f"{row['article']}: {row['class']}, owner {owner}, review due {row['due'] or 'never set'}")
            for why in row["why"]:
                lines += [f"  {why['why']}", *(f"    {said['article']}: {said['text']}" for said in why["says"])]
    lines += [f"{one.page}: {one.why}" for one in report.defects if one.kind in audit.SHOWN]
    return "\n".join(lines)
