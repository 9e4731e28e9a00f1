"""The base of our own commands: bad input gets one clear sentence on stderr, exit 2, and changes nothing."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand


class BadInputError(Exception):
    """The text is one sentence that says what to do instead."""


class HandrailCommand(BaseCommand):
    """Runs `handle`; BadInputError ends with exit 2. `emit` prints the JSON object on the last line."""

    requires_system_checks: list[str] = []  # what needs them is `check`

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)

    def emit(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, default=str))
