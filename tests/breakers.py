"""For tests that let a system fail again and again: the breaker is closed before each."""

from __future__ import annotations

from tools import breaker
from tools.models import Breaker


def mended() -> None:
    Breaker.objects.all().delete()
    breaker.forget()
