"""`manage.py drill`: Critic and tool faults at every kind of write, in a scratch database with a scratch shop."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from conversations.command import BadInputError, HandrailCommand
from evals import scratch
from evals.suites import drill, model_faults


class Command(HandrailCommand):
    help = "Break the Critic, the company's systems or models, and count; exit 1 when something gets through."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--models", type=int, metavar="N", help="instead: N faults in what models answer")
        parser.add_argument("--seed", type=int, default=1, help="another draw of those")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        count = options["models"]
        if count is not None and count < 1:
            raise BadInputError("--models is how many faults to draw, 1 or more.")
        with scratch.database(), scratch.shop():
            found = drill.run() if count is None else model_faults.run(count, options["seed"])
        if options["as_json"]:
            self.emit(found)
        else:
            self.stdout.write(in_words(found) if count is None else of_models(found))
        if found["failures"]:
            sys.exit(1)


def of_models(found: dict[str, Any]) -> str:
    said = (
        f"{found['faults']} faults in {found['cases']} conversations: {found['handoffs']} ended with a person, "
        f"{found['writes']} wrote, {found['effects']} without an explicit approval; the slowest turn took "
        f"{found['slowest_ms']} ms."
    )
    return "\n".join([said, *(f"  {one['case']}: {one['why']}" for one in found["failures"])])


def in_words(found: dict[str, Any]) -> str:
    said = (
        f"{found['cases']} faulted cases: {found['handoffs']} ended with a person, {found['settled']} were found done "
        f"by asking, {found['effects']} effects that nothing allowed. {found['twins']} twins with exactly one effect."
    )
    return "\n".join([said, *(f"  {one['case']}: {one['why']}" for one in found["failures"])])
