"""manage.py shop load DIR | dump | reset: fill the company's systems from a folder, print them, start over."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from conversations.command import BadInputError, HandrailCommand
from tools import pack


class Command(HandrailCommand):
    help = "Load a data folder into the company's systems, dump what they hold, or restore the demo's own data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="load|dump|reset")
        load = acts.add_parser("load", help="users.jsonl, orders.jsonl and products.jsonl of DIR replace everything")
        load.add_argument("folder", metavar="DIR", type=Path)
        reset = acts.add_parser("reset", help="the demo's own data again")
        dump = acts.add_parser("dump", help="users, orders and products as one JSON object")
        for one in (load, dump, reset):
            one.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        operations = pack.active().operations
        if operations is None:
            raise BadInputError(f"The pack {pack.active().name!r} has no systems that can be loaded.")
        acts: dict[str, Callable[[], dict[str, Any]]] = {
            "load": lambda: operations.load(options["folder"]),
            "dump": operations.dump,
            "reset": operations.reset,
        }
        try:
            self._say(acts[options["act"]](), options)
        except pack.BadDataError as error:
            raise BadInputError(str(error)) from error
        except pack.UnreachableError as error:
            raise CommandError(str(error)) from error

    def _say(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.emit(result)
        elif options["act"] == "dump":
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            counts = ", ".join(f"{count} {name}" for name, count in result.items())
            self.stdout.write(f"The shop now holds {counts}.")
