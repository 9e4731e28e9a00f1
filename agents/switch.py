"""The pages of the red switch: what is paused, pausing and resuming, and what queued up. They work without scripts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conversations.access import Access, access
from conversations.models import Pause

from . import pausing

MOST_SHOWN = 20
MOST_QUEUED = 500


class PauseForm(forms.Form):
    """What the red switch is to stop, as "scope" or "scope:name"."""

    what = forms.ChoiceField(
        widget=forms.Select({"class": "input"}),
        error_messages=dict.fromkeys(("invalid_choice", "required"), "Choose what to pause."),
    )
    why = forms.CharField(
        max_length=pausing.LONGEST_WHY,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
        error_messages={"required": "Say in a few words why: everybody reads it beside what is paused."},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["what"].choices = pausing.choices()  # type: ignore[attr-defined]


@access(Access.OPERATOR)
@require_safe
@never_cache
def pauses(request: HttpRequest) -> HttpResponse:
    """The red switch: what is paused, what can be, and what was."""
    rows = Pause.objects.select_related("paused_by", "resumed_by").order_by("-pk")
    context = {
        "held": list(rows.filter(resumed_at__isnull=True)),
        "earlier": rows.filter(resumed_at__isnull=False)[:MOST_SHOWN],
        "form": PauseForm(),
        "longest": pausing.LONGEST_WHY,
        "may_resume": pausing.may_resume(request.user),
    }
    return render(request, "agents/pauses.html", context)


@access(Access.OPERATOR)
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Stop it; every page of the console says so within seconds."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.warning(request, f"Nothing was paused. {next(iter(form.errors.values()))[0]}")
        return redirect("agents:pauses")
    scope, _, name = form.cleaned_data["what"].partition(":")
    try:
        pausing.pause(scope, name, request.user, form.cleaned_data["why"])
    except pausing.CantError as error:
        messages.warning(request, f"Nothing was paused. {error}")
    return redirect("agents:pauses")


@access(Access.OPERATOR)
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on, and see what queued up."""
    row = get_object_or_404(Pause, pk=pk)
    try:
        pausing.resume(row.pk, request.user, request.POST.get("why", ""))
    except pausing.CantError as error:
        messages.warning(request, f"Nothing was resumed. {error}")
        return redirect("agents:pauses")
    return redirect("agents:queued", row.pk)


@access(Access.OPERATOR)
@require_safe
@never_cache
def queued(request: HttpRequest, pk: int) -> HttpResponse:
    """What came in while this was paused: conversations that people got, and writes that waited."""
    row = get_object_or_404(Pause.objects.select_related("paused_by", "resumed_by"), pk=pk)
    handed, held = pausing.handed_over(row), pausing.held_writes(row)
    context = {"pause": row, "count": handed.count(), "handed": handed[:MOST_QUEUED], "held": held[:MOST_QUEUED]}
    return render(request, "agents/queued.html", context)
