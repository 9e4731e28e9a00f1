"""Places in a page that higher apps fill: the page knows a slot's address, never who answers there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse


def slot(name: str, **about: Any) -> str:
    """The address that fills the slot for this object; empty when nobody fills it."""
    for slot_name, url_name in settings.HANDRAIL_PANELS:
        if slot_name == name:
            try:
                return f"{reverse(url_name)}?{urlencode(about)}"
            except NoReverseMatch:
                return ""
    return ""
