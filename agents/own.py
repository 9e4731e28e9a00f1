"""The workflows that one company alone has, as `workflows.py` of its pack lists them. All that holds of the house's
holds of them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

from .workflow import Workflow
from .workflows import WORKFLOWS


@cache
def workflows(package: str) -> dict[str, Workflow]:
    """By name; empty for a company without any. Nobody takes the name of one of the house's."""
    if find_spec(f"{package}.workflows") is None:
        return {}
    module = import_module(f"{package}.workflows")
    found = {flow.name: flow for flow in getattr(module, "WORKFLOWS", ())}
    if not found:
        raise ImproperlyConfigured(f"{module.__name__} must define WORKFLOWS, and list at least one.")
    for name in sorted(set(found) & set(WORKFLOWS)):
        raise ImproperlyConfigured(f"{module.__name__} calls one {name}, and so does the house. Take another name.")
    return found
