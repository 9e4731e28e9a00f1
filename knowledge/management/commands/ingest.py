"""`manage.py ingest PATH`: what a company has already said, as articles that wait for a reviewer."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from conversations.command import BadInputError, HandrailCommand
from knowledge import formats, imports, sources
from knowledge.imports import Options, Outcome
from knowledge.models import Audience, Topic

COUNTED: Final = ("added", "changed", "unchanged", "skipped")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
EVERY: Final = 100  # items between two lines, where there is no terminal
BAR: Final = 30


class Command(HandrailCommand):
    help = "Take in a folder, a ZIP, a CSV, an export of Zendesk or Intercom, or one Markdown, HTML or PDF file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path)
        parser.add_argument(
            "--source", metavar="NAME", help="what to call where it comes from (files, or the export's)"
        )
        parser.add_argument("--topic", choices=Topic.values, help="for articles of which nothing says it")
        parser.add_argument(
            "--audience", choices=Audience.values, default="internal", help="where the source is silent"
        )
        parser.add_argument("--publish", action="store_true", help="publish at once, without a review")
        parser.add_argument("--archive-missing", action="store_true", help="archive what the source no longer holds")
        parser.add_argument("--resume", action="store_true", help="go on where the last run stopped")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = Options(options["publish"], options["archive_missing"], options["topic"] or "", options["audience"])
        try:
            with sources.opened(options["path"]) as source:
                name = options["source"] or source.kind
                if NAME.fullmatch(name) is None:
                    raise BadInputError(
                        f"{name[:60]!r} is no name for a source. Take small letters, digits and dashes."
                    )
                outcome = imports.take_in(source, name, wish, resume=options["resume"], tell=self.progress)
        except (sources.BadSourceError, OSError) as error:
            raise BadInputError(str(error)) from error
        except KeyboardInterrupt:
            self.stderr.write("\nStopped. What is taken in stays; --resume goes on from here.")
            raise
        if options["as_json"]:
            self.emit(as_json(outcome))
        else:
            self.stdout.write(in_words(outcome, wish))

    def progress(self, n: int, total: int, name: str) -> None:
        """A bar on a terminal, a line now and then otherwise; on stderr, so that the report stays clean."""
        if self.stderr.isatty():
            bar = ("#" * (n * BAR // total)).ljust(BAR, ".")
            line = f"\r[{bar}] {n} of {total} {formats.printable(name)[:40]:40}"
            self.stderr.write(line, style_func=str, ending="\n" if n == total else "")
            self.stderr.flush()
        elif n % EVERY == 0 or n == total:
            self.stderr.write(f"{n} of {total}", style_func=str)


def as_json(outcome: Outcome) -> dict[str, Any]:
    run = outcome.run
    return {
        "source": run.source,
        "run": run.pk,
        "state": run.state,
        "total": run.total,
        **{key: run.counts.get(key, 0) for key in COUNTED},
        "told": [{"name": name, "why": why} for name, why in run.told],
        "untold": run.counts.get("untold", 0),
        "gone": outcome.gone,
        "archived": outcome.archived,
    }


def in_words(outcome: Outcome, wish: Options) -> str:
    """The counts on top, then each item that was skipped or left, then what is gone."""
    counts = ", ".join(f"{outcome.run.counts.get(key, 0)} {key}" for key in COUNTED)
    lines = [f"{outcome.run.source}: {counts}."]
    lines += [f"{name}: {why}" for name, why in outcome.run.told]
    if untold := outcome.run.counts.get("untold"):
        lines.append(f"… and {untold} more.")
    if outcome.gone:
        lines.append(f"{after(outcome, wish)} {', '.join(outcome.gone)}")
    return "\n".join(lines)


def after(outcome: Outcome, wish: Options) -> str:
    if outcome.archived:
        return "Gone from the source, and archived:"
    if wish.archive_missing:
        return "Not seen in the source, and not archived because they may be among what couldn't be read:"
    return "Gone from the source; they stay, and --archive-missing would archive them:"
