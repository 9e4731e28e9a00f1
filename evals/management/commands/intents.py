"""`manage.py intents ACTION`: the taxonomy as a company owns it. What it writes is a draft; nothing goes live here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agents import releases, standing, texts
from agents.intents import editing
from agents.intents.taxonomy import Taxonomy, Thresholds
from conversations.command import BadInputError, HandrailCommand
from evals.suites import thresholds
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


Action = Callable[[Command, dict[str, Any]], None]
ACTIONS: Final[dict[str, tuple[str, Action]]] = {
    "doctor": ("say of every intent whether it may be on, and what is missing", Command.doctor),
    "thresholds": ("choose from labelled rows how sure is sure enough", Command.thresholds),
}
OPTIONS: Final[dict[str, Callable[[ArgumentParser], None]]] = {"thresholds": wants_thresholds}
