"""`manage.py replay`: recorded turns once more, from their records alone, compared byte for byte (law 8)."""

from __future__ import annotations

import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from agents import replay
from agents.kits import StaleReleaseError
from agents.models import Turn
from conversations.command import BadInputError, HandrailCommand


class Command(HandrailCommand):
    help = "Think recorded turns again, asking nobody; exit 1 when one comes out differently."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="?", metavar="ID", help="a conversation's or a turn's")
        parser.add_argument("--all", action="store_true", dest="everything", help="every turn that is kept")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        found = compared(turns(options["id"], everything=options["everything"]))
        if options["as_json"]:
            self.emit(found)
        else:
            self.stdout.write(in_words(found))
        if found["different"]:
            sys.exit(1)


def turns(name: str | None, *, everything: bool) -> QuerySet[Turn]:
    if (name is None) == (not everything):
        raise BadInputError("Name a conversation or a turn, or say --all.")
    rows = Turn.objects.select_related("conversation").order_by("at", "attempt")
    if name is None:
        return rows
    try:
        key = uuid.UUID(name)
    except ValueError:
        raise BadInputError(f"{name!r} is no id of a conversation or a turn.") from None
    chosen = rows.filter(Q(pk=key) | Q(conversation__public_id=key))
    if not chosen.exists():
        raise BadInputError(f"There is no turn of {name}.")
    return chosen


def compared(rows: QuerySet[Turn]) -> dict[str, Any]:
    """{n, identical, different: [{turn, step, why}], erased}; an erased turn has nothing to compare."""
    n = erased = 0
    different = []
    for one in replayed(rows):
        n += 1
        erased += one.why == "erased"
        if not one.identical and one.why != "erased":
            different.append({"turn": str(one.turn.pk), "step": one.step, "why": one.why})
    return {"n": n, "identical": n - erased - len(different), "different": different, "erased": erased}


def replayed(rows: QuerySet[Turn]) -> Iterator[replay.Replayed]:
    for turn in rows.iterator(chunk_size=200):
        try:
            yield replay.replay(turn)
        except StaleReleaseError as error:
            yield replay.Replayed(turn, str(error))


def in_words(found: dict[str, Any]) -> str:
    said = f"{found['identical']} of {found['n']} turns came out the same, byte for byte"
    said += f"; {found['erased']} are erased." if found["erased"] else "."
    return "\n".join([said, *(f"  {one['turn']}, step {one['step']}: {one['why']}" for one in found["different"])])
