"""`manage.py intents ACTION`: the taxonomy as a company owns it. What it writes is a draft; nothing goes live here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from agents import disturbed, kits, releases, standing, texts
from agents.intents import editing, lint
from agents.intents.taxonomy import OUTSIDE, Taxonomy, Thresholds
from conversations.command import BadInputError, HandrailCommand
from evals.suites import thresholds
from evals.suites.intents import OUT, labelled
from knowledge import configs
from knowledge.models import ConfigVersion


def share(text: str) -> float:
    """argparse: 0 is no share, and 1 is nobody's precision."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.5 <= number < 1:
        raise ArgumentTypeError("a share from 0.5 to below 1 is wanted, like 0.98")
    return number


class Command(HandrailCommand):
    help = "Look at the intents, tune them, and take their text out and in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
        for name, (says, _) in ACTIONS.items():
            one = actions.add_parser(name, help=says)
            one.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")
            if name in OPTIONS:
                OPTIONS[name](one)

    def handle(self, *args: Any, **options: Any) -> None:
        ACTIONS[options["action"]][1](self, options)

    def told(self, options: dict[str, Any], found: dict[str, Any], lines: list[str]) -> None:
        if options["as_json"]:
            self.emit(found)
        else:
            self.stdout.write("\n".join(lines))

    def doctor(self, options: dict[str, Any]) -> None:
        found = standing.intents()
        lines = [f"{name}: {' '.join(problems) or 'fine.'}" for name, problems in found.items()]
        self.told(options, {"intents": found, "healthy": not any(found.values())}, lines)
        if any(found.values()):
            raise SystemExit(1)

    def thresholds(self, options: dict[str, Any]) -> None:
        version, taxonomy = live()
        found = thresholds.run(options["file"], taxonomy, options["precision"], options["keep"])
        chosen = Thresholds(**{name: one["chosen"] for name, one in found["thresholds"].items()})
        if options["write"] and chosen != taxonomy.thresholds:
            found["draft"] = str(drafted(editing.with_thresholds(version.body, chosen)))
        self.told(options, found, in_words(found))

    def lint(self, options: dict[str, Any]) -> None:
        _, taxonomy = given(options["with_file"])
        found = lint.lint(taxonomy, kits.installed(), pairs(options["rows"]))
        told = [{"kind": one.kind, "intent": one.intent, "says": one.says} for one in found]
        lines = [f"{one.intent}: {one.says}" for one in found] or ["Clean."]
        self.told(options, {"clean": not found, "problems": told}, lines)
        if found:
            raise SystemExit(1)

    def disturb(self, options: dict[str, Any]) -> None:
        _, before = live()
        _, after = given(options["with_file"])
        found = disturbed.of(before, after, [text for text, _ in pairs(options["rows"])], options["days"])
        told = {
            "compared": found.compared,
            "moves": [{"from": one, "to": other, "n": n} for one, other, n in found.moves],
            "changes": [asdict(change) for change in found.changes],
            "lost": found.loss.lost,
            "of": found.loss.of,
            "by_intent": found.loss.by_intent,
            "refused": found.loss.is_too_much,
        }
        lines = [f"{one} → {other}: {n}" for one, other, n in found.moves] or ["Nothing is read differently."]
        self.told(options, told, [*lines, *filter(None, [found.loss.sentence])])

    def export(self, options: dict[str, Any]) -> None:
        version, _ = live()
        if options["to"] is None:
            self.stdout.write(version.body, ending="")
            return
        options["to"].write_text(version.body, encoding="utf-8")
        self.told(options, {"version": str(version), "to": str(options["to"])}, [f"{version} is in {options['to']}."])

    def bring_in(self, options: dict[str, Any]) -> None:
        body, _ = given(options["file"])
        draft = drafted(body)
        self.told(options, {"draft": str(draft)}, [f"{draft} is a draft. Review it in the admin."])


def given(file: Path | None) -> tuple[str, Taxonomy]:
    """A file's text, or the live one; a bad one is refused with its line and column."""
    if file is None:
        version, taxonomy = live()
        return version.body, taxonomy
    try:
        body = texts.plain(file.read_bytes())
        return body, texts.taxonomy(body)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{file} can't be read as text.") from error
    except texts.YamlTextError as error:
        raise BadInputError(f"{file.name}: {error}.") from error


def pairs(file: Path | None) -> list[tuple[str, str]]:
    """(what was said, the intent that it is) of each row."""
    rows = labelled(file) if file is not None else []
    return [(row.text, OUTSIDE if row.intent == OUT else row.intent) for row in rows]


def live() -> tuple[ConfigVersion, Taxonomy]:
    version = releases.live_version(ConfigVersion.Kind.TAXONOMY)
    if version is None:
        raise BadInputError("No taxonomy is live yet. Run `manage.py seed` first.")
    return version, texts.taxonomy(version.body)


def drafted(body: str) -> ConfigVersion:
    texts.check(ConfigVersion.Kind.TAXONOMY, body)
    return configs.write(ConfigVersion.Kind.TAXONOMY, body)


def in_words(found: dict[str, Any]) -> list[str]:
    def figures(name: str, one: dict[str, Any]) -> str:
        return f"{name}: " + ", ".join(f"{key} {value}" for key, value in one.items())

    lines = [
        f"{name}: {one['now']} → {one['chosen']}" + (f" ({one['why']})" if one["why"] else "")
        for name, one in found["thresholds"].items()
    ]
    each = found["figures"].pop("each")
    lines += [figures(name, one) for name, one in found["figures"].items()]
    lines += [figures(f"{name} alone", one) for name, one in each.items()]
    return [*lines, *([f"{found['draft']} is a draft."] if "draft" in found else [])]


def wants_thresholds(parser: ArgumentParser) -> None:
    parser.add_argument("--file", metavar="F", type=Path, required=True, help='JSONL of {"text", "intent"}')
    parser.add_argument("--precision", metavar="P", type=share, default=0.98)
    parser.add_argument("--keep", metavar="K", type=share, default=0.92)
    parser.add_argument("--write", action="store_true", help="make a draft of the taxonomy with what was chosen")


def wants_lint(parser: ArgumentParser) -> None:
    _file(parser, "--with", "this file instead of the live text", dest="with_file")
    _file(parser, "--rows", 'JSONL of {"text", "intent"} beside the examples')


def wants_disturb(parser: ArgumentParser) -> None:
    _file(parser, "--with", "the text that would take the live one's place", dest="with_file", required=True)
    _file(parser, "--rows", 'JSONL of {"text", "intent"} beside the examples')
    parser.add_argument("--days", metavar="N", type=int, default=disturbed.DAYS, help="of real messages, up to today")


def _file(parser: ArgumentParser, name: str, says: str, **more: Any) -> None:
    parser.add_argument(name, metavar="F", type=Path, help=says, **more)


Action = Callable[[Command, dict[str, Any]], None]
ACTIONS: Final[dict[str, tuple[str, Action]]] = {
    "doctor": ("say of every intent whether it may be on, and what is missing", Command.doctor),
    "disturb": ("say what another text would read differently, and what it would forget", Command.disturb),
    "export": ("print the live taxonomy's text", Command.export),
    "import": ("make a draft of a file's text", Command.bring_in),
    "lint": ("find rules that collide, claim too much, match nothing or hang; exit 1 when there are any", Command.lint),
    "thresholds": ("choose from labelled rows how sure is sure enough", Command.thresholds),
}
OPTIONS: Final[dict[str, Callable[[ArgumentParser], None]]] = {
    "disturb": wants_disturb,
    "export": lambda parser: _file(parser, "--to", "the file to write instead of printing"),
    "import": lambda parser: _file(parser, "file", "YAML"),
    "lint": wants_lint,
    "thresholds": wants_thresholds,
}
