"""The process that dies. Importing it sets Django up, once for all victims."""

from __future__ import annotations

import json
import os

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from conversations import faults

from .crashes import go
from .scenarios import SCENARIOS
from .stories import Story


def die(point: str, step: int, story: str) -> None:
    """Do the step of the story (JSON), and die at the point by SIGKILL."""
    os.environ["HANDRAIL_FAULT"] = point
    faults.from_environment()
    told = Story(**json.loads(story))
    go(told, SCENARIOS[told.scenario].steps[step])
