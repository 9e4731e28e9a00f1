"""`manage.py reindex`: after an update that brought another embedder, its index in place of the last one's."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from conversations.command import HandrailCommand
from knowledge import embeddings, reindex

EVERY: Final = 100  # pages between two lines


class Command(HandrailCommand):
    help = "Make the search index anew with this code's embedder, while searches go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="make the vectors, and leave the index as it is")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        said: dict[str, Any] = {"model": embeddings.model(), "due": reindex.due(), "embedded": 0, "passages": 0}
        if said["due"]:
            said["embedded"] = reindex.prepare(self.progress)
            said["passages"] = 0 if options["prepare"] else reindex.switch()
        if options["as_json"]:
            self.emit(said)
        elif not said["due"]:
            self.stdout.write(f"The index is {said['model']}'s already; nothing is to be done.")
        else:
            what = "are ready; run it without --prepare" if options["prepare"] else "are the index now"
            self.stdout.write(f"{said['embedded']} texts embedded by {said['model']}; its vectors {what}.")

    def progress(self, n: int, total: int) -> None:
        if n % EVERY == 0 or n == total:
            self.stderr.write(f"{n} of {total} pages", style_func=str)
