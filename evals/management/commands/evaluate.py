"""`manage.py evaluate EXAM`: each that needs a company runs in a scratch database with a scratch shop."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from conversations.command import HandrailCommand
from evals import scratch
from evals.suites import actions, conversations, critics, escalation, grounding, guardrail, intents, personal, retrieval

EXAMS: Final = (
    "tasks",
    "writes",
    "conversations",
    "critic",
    "intents",
    "guardrail",
    "escalation",
    "retrieval",
    "pii",
    "grounding",
)


class Command(HandrailCommand):
    help = "Run an exam on a labelled file and print its figures; nothing of this installation is touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        exams = parser.add_subparsers(dest="exam", required=True, metavar="|".join(EXAMS))
        talks = exams.add_parser("conversations", help="whole conversations, with people at the other side")
        talks.add_argument("--file", metavar="F", type=Path, required=True)
        talks.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        people = exams.add_parser(
            "escalation", help="labelled conversations: who should have gone to a person, and who did"
        )
        people.add_argument("--file", metavar="F", type=Path, required=True)
        people.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        review = exams.add_parser("critic", help="right proposals and the same with one thing wrong, before the Critic")
        review.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        words = exams.add_parser("intents", help="labelled utterances; without --train, the company's own taxonomy")
        words.add_argument("--train", metavar="F", type=Path)
        words.add_argument("--test", metavar="F", type=Path, required=True)
        words.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        guarded = exams.add_parser("guardrail", help="attacks and harmless texts before the input guard")
        guarded.add_argument("--file", metavar="F", type=Path, required=True)
        guarded.add_argument("--obey", action="store_true", help="each row before a brain that obeys it, too")
        guarded.add_argument("--rows", metavar="N", type=int, help="of those, so many at most: a seeded share")
        guarded.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        private = exams.add_parser("pii", help="labelled texts: the personal data that is found in them")
        private.add_argument("--file", metavar="F", type=Path, required=True)
        private.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        pages = exams.add_parser("retrieval", help="questions and the pages that answer them, before the search")
        pages.add_argument("--docs", metavar="F", type=Path, required=True)
        pages.add_argument("--queries", metavar="F", type=Path, required=True)
        pages.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        pages.add_argument("--passages", metavar="N", type=int, help="then time the search alone among so many")
        figures = exams.add_parser("grounding", help="sentences of pages, and the same with one figure changed")
        figures.add_argument("--docs", metavar="F", type=Path, required=True, action="append", help="once or more")
        figures.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
        for name, says in (
            ("tasks", "ground-truth actions through the gateway, then the shop's difference"),
            ("writes", "attempts that are legal or break one rule each"),
        ):
            one = exams.add_parser(name, help=says)
            one.add_argument("--shop", metavar="DIR", type=Path, required=True, help="users, orders, products (JSONL)")
            one.add_argument("--file", metavar="F", type=Path, required=True)
            one.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["exam"] == "intents":
            figures = intents.run(options["train"], options["test"])
        elif options["exam"] == "guardrail" and not options["obey"]:
            figures = guardrail.run(options["file"])
        elif options["exam"] == "pii":
            figures = personal.run(options["file"])
        elif options["exam"] == "grounding":
            figures = grounding.run(options["docs"])
        elif options["exam"] == "retrieval":
            figures = retrieval.run(options["docs"], options["queries"], options["passages"])
        else:
            with scratch.database(), scratch.shop():
                figures = self.figures(options)
        if options["as_json"]:
            self.emit(figures)
        else:
            self.stdout.write(in_words(figures))

    def figures(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["exam"] == "conversations":
            return conversations.run(options["file"])
        if options["exam"] == "escalation":
            return escalation.run(options["file"])
        if options["exam"] == "guardrail":
            return guardrail.obeying(options["file"], options["rows"])
        if options["exam"] == "critic":
            return critics.run()
        run = {"tasks": actions.tasks, "writes": actions.attempts}[options["exam"]]
        return run(options["shop"], options["file"])


def in_words(figures: dict[str, Any]) -> str:
    lists = {name: value for name, value in figures.items() if isinstance(value, list)}
    facts = [f"{name}: {value}" for name, value in figures.items() if name not in lists]
    return "\n".join([*facts, *(f"  {row}" for rows in lists.values() for row in rows), ""])
