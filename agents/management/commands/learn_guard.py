"""`manage.py learn_guard`: makes the weights of the input guard from labelled texts, and says what they are worth."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.guards import likeness
from agents.intents.taxonomy import BASE, words
from agents.kits import taxonomy_of
from conversations.command import BadInputError, HandrailCommand
from knowledge import embeddings

OWN: Final = Path(likeness.__file__).with_name("harmless.txt")
OWN_WEIGHT: Final = 3  # times each of our own look-alikes counts
MOST: Final = 1200  # texts of one label in one file, evenly thinned
KEPT_BACK: Final = 200  # texts of a source that the others are tried on


class Shown:
    """One file of labelled texts, as rows to learn from; files of one folder are one source."""

    def __init__(self, file: Path) -> None:
        self.name, self.source = file.name, file.resolve().parent.name
        self.attacks = texts_of(file, 1)
        self.attack_rows = likeness.shown(self.attacks)
        self.harmless_rows = likeness.shown(texts_of(file, 0, must_say=True))


class Command(HandrailCommand):
    help = "Learn the input guard's weights from files of attacks and of harmless texts; both are only read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--attacks", nargs="+", metavar="F", type=Path, required=True, help='{"text", "label"}')
        parser.add_argument("--harmless", nargs="+", metavar="F", type=Path, required=True, help='{"text"}')
        parser.add_argument("--out", metavar="F", type=Path, default=likeness.KEPT)

    def handle(self, *args: Any, **options: Any) -> None:
        examples = own_examples()
        texts = [text for file in options["harmless"] for text in texts_of(file, 0)]
        talk = likeness.shown([*texts, *examples, *OWN.read_text("utf-8").splitlines() * OWN_WEIGHT])
        shown = [Shown(file) for file in options["attacks"]]
        if not any(one.attacks for one in shown):
            raise BadInputError("None of the files holds an attack; label 1 marks one.")
        weights = learnt(shown, talk)
        made = {
            "made_by": "manage.py learn_guard",
            "embedder": [embeddings.WHEEL, embeddings.GRAPH_VERSION],
            "attacks": {f"{one.source}/{one.name}": len(one.attacks) for one in shown},
            "harmless": len(talk) + sum(len(one.harmless_rows) for one in shown),
            "found_when_kept_back": {source: share_found(source, shown, talk) for source in sources(shown)},
            "common": " ".join(sorted({word for text in examples for word in words(text)})),
            "weights": [round(1000 * float(weight)) for weight in weights],
        }
        options["out"].write_text(json.dumps(made) + "\n", "utf-8")
        self.emit({key: value for key, value in made.items() if key not in ("common", "weights")})


def own_examples() -> list[str]:
    return [text for intent in taxonomy_of(BASE.read_text("utf-8")).intents for text in intent.examples]


def texts_of(file: Path, label: int, must_say: bool = False) -> list[str]:
    """Texts with this label, evenly thinned; a row without a label has any, unless it `must_say`. Rows whose `split`
    is a test's stay unseen."""
    try:
        rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line.strip()]
        fit = [row for row in rows if "test" not in row.get("split", "")]
        found = [row["text"] for row in fit if row.get("label", None if must_say else label) == label]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise BadInputError(f"{file} is no file of JSON rows with a text.") from error
    return [str(text) for text in found[:: max(1, len(found) // MOST)]]


def learnt(shown: Sequence[Shown], talk: likeness.Array) -> likeness.Array:
    harmless = np.vstack([talk, *(one.harmless_rows for one in shown)])
    return likeness.learn(np.vstack([one.attack_rows for one in shown]), harmless)


def sources(shown: Sequence[Shown]) -> list[str]:
    return sorted({one.source for one in shown})


def share_found(source: str, shown: Sequence[Shown], talk: likeness.Array) -> float | None:
    """Of the attacks of one source, the share found by weights that saw nothing of it."""
    others = [one for one in shown if one.source != source]
    unseen = [text for one in shown if one.source == source for text in one.attacks]
    if not any(one.attacks for one in others) or not unseen:
        return None
    model = likeness.Likeness(learnt(others, talk), frozenset())
    return round(float(np.mean([model.score([text]) > 0 for text in unseen[:: 1 + len(unseen) // KEPT_BACK]])), 3)
