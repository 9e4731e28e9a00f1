"""What must hold of the company's own workflows before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from yaml import YAMLError

from tools import pack
from tools.checks import COMPANY


@register(COMPANY)
def check_workflows(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """They load, and the certificate proves them: else no release that pins them could go live."""
    own, certificate = import_module("agents.own"), import_module("agents.certificate")  # a command that checks nothing
    try:  # shouldn't wait for all the graphs
        found = list(own.workflows(settings.HANDRAIL_PACK).values())
    except ModuleNotFoundError:
        return []  # tools/checks.py says what can't be loaded
    except (ImproperlyConfigured, ValueError) as error:
        return [Error(str(error), id="agents.E001")]
    return [Error(problem, id="agents.E002") for flow in found for problem in certificate.of([flow]).problems]


@register(COMPANY)
def check_words(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Its intents and its lines can be read, and each intent's workflow is there."""
    taxonomy, voice, kits = (import_module(f"agents.{name}") for name in ("intents.taxonomy", "voice", "kits"))
    try:
        company, workflows = pack.active(), kits.installed()
    except (ImproperlyConfigured, ValueError):
        return []  # the other checks say so
    found: list[CheckMessage] = []
    try:
        voice.lines(company.voice)
    except (ValueError, YAMLError) as error:
        found.append(Error(f"{company.voice.name}: {error}", id="agents.E003"))
    try:
        known = taxonomy.load(*[file for file in (company.intents,) if file.exists()])
    except (ValueError, LookupError, YAMLError) as error:
        return [*found, Error(f"{company.intents.name}: {error}", id="agents.E004")]
    named = {flow for one in known.intents for flow in (one.workflow, one.otherwise, *one.by_reason.values())}
    return [*found, *(Error(f"{company.intents.name} names the workflow {flow}, which isn't there.", id="agents.E005")
                      for flow in sorted(named - {taxonomy.HANDOFF, *workflows}))]  # fmt: skip
