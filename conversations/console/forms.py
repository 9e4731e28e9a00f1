"""What operators send."""

from __future__ import annotations

from django import forms
from django.conf import settings


class ReplyForm(forms.Form):
    """`client_id` makes a double click one reply."""

    text = forms.CharField(strip=True, error_messages={"required": "Write a few words first."})
    client_id = forms.UUIDField()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        limit = settings.HANDRAIL["max_message_chars"]
        if len(text) > limit:
            raise forms.ValidationError(f"The reply has {len(text)} characters; {limit} fit. Send it in parts.")
        return text


class ActForm(forms.Form):
    """How far the page shows the conversation."""

    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class ListForm(forms.Form):
    """Which list: anything odd falls back to the first one."""

    tab = forms.CharField(required=False, max_length=20)
    q = forms.CharField(required=False, max_length=120)
    show = forms.IntegerField(required=False)


class SinceForm(forms.Form):
    """What the page already has."""

    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    after_event = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    handoff = forms.IntegerField(required=False, min_value=0, max_value=2**62)
