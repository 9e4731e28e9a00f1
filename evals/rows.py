"""Labelled files: one JSON object a line. What is wrong with one is said with its line, before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conversations.command import BadInputError


def rows_of(file: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of `file`, each with what is `needed`; blank lines are left out."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")  # JSON may hold other line separators
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{file} can't be read.") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInputError(f"{file.name} line {number} is not JSON.") from error
        missing = [name for name in needed if not isinstance(row, dict) or name not in row]
        if missing:
            raise BadInputError(f"{file.name} line {number} has no {missing[0]}.")
        rows.append(row)
    if not rows:
        raise BadInputError(f"{file.name} is empty.")
    return rows
