"""The console's page of what nobody understood. Every operator reads it; who may edit the taxonomy settles it."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conversations.access import Access, access
from knowledge.models import ConfigVersion

from . import kits, releases, unknowns
from .unknowns import CantError

SHOWN = 20  # clusters
EXAMPLES = 5


class SettleForm(forms.Form):
    deed = forms.ChoiceField(choices=[("examples", "examples"), ("new", "new"), ("dismiss", "dismiss")])
    intent = forms.CharField(max_length=60, required=False)
    name = forms.RegexField(
        r"^[a-z][a-z_]*\Z",
        max_length=60,
        required=False,
        error_messages={"invalid": "A name is made of small letters and underscores."},
    )
    title = forms.CharField(max_length=80, required=False)


@access(Access.OPERATOR)
@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    found = unknowns.found()
    live = releases.live_version(ConfigVersion.Kind.TAXONOMY)
    context = {
        "clusters": [(unknowns.key_of(one), one, one.texts[:EXAMPLES]) for one in found[:SHOWN]],
        "more": max(len(found) - SHOWN, 0),
        "days": unknowns.DAYS,
        "intents": kits.taxonomy_of(live.body).intents if live else (),
        "may": request.user.has_perm(unknowns.RIGHT),
    }
    return render(request, "agents/unknown.html", context)


@access(Access.OPERATOR)
@require_POST
def settle(request: HttpRequest, key: str) -> HttpResponse:
    """Examples of an intent, a new intent, or nothing of ours; the first two land in a draft."""
    if not request.user.has_perm(unknowns.RIGHT):
        raise PermissionDenied
    form = SettleForm(request.POST)
    try:
        if not form.is_valid():
            raise CantError(str(next(iter(form.errors.values()))[0]))
        messages.success(request, settled(key, form.cleaned_data, cast("User", request.user)))
    except CantError as error:
        messages.warning(request, f"Nothing was changed. {error}")
    return redirect("agents:unknown")


def settled(key: str, said: dict[str, str], user: User) -> str:
    cluster = unknowns.cluster_of(key)
    if said["deed"] == "dismiss":
        unknowns.dismiss(cluster, user)
        return "These messages won't come back."
    if said["deed"] == "examples":
        return f"{unknowns.add_examples(cluster, said['intent'], user)} has them as examples. It is a draft."
    if not said["name"] or not said["title"]:
        raise CantError("A new intent needs a name, and a title that a question can use.")
    return f"{unknowns.add_intent(cluster, said['name'], said['title'], user)} has the new intent. It is a draft."
