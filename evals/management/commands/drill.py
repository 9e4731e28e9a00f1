"""`manage.py drill`: Critic and tool faults at every kind of write, in a scratch database with a scratch shop."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from conversations.command import HandrailCommand
from evals import scratch
from evals.suites import drill


class Command(HandrailCommand):
    help = "Break the Critic and the company's systems at every kind of write, and count; exit 1 when one gets through."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        with scratch.database(), scratch.shop():
            found = drill.run()
        if options["as_json"]:
            self.emit(found)
        else:
            self.stdout.write(in_words(found))
        if found["failures"]:
            sys.exit(1)


def in_words(found: dict[str, Any]) -> str:
    said = (
        f"{found['cases']} faulted cases: {found['handoffs']} ended with a person, {found['settled']} were found done "
        f"by asking, {found['effects']} effects that nothing allowed. {found['twins']} twins with exactly one effect."
    )
    return "\n".join([said, *(f"  {one['case']}: {one['why']}" for one in found["failures"])])
