"""A release's certificate: made and kept with it, and asked for before it may speak."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from . import certificate, kits, signing, walked
from .admission import NotAdmissibleError
from .models import Certificate, Release

NEW: Final = "Make a new release; its certificate is made with it."


def certify(release: Release) -> Certificate:
    """Prove the installed graphs, and keep what was found with the release that pins them."""
    body = body_for(release)
    row: Certificate = Certificate.objects.create(
        release=release, body=body, digest=certificate.seal(body), valid=body["valid"]
    )
    return row


def body_for(release: Release) -> dict[str, Any]:
    flows = list(kits.installed().values())
    found = certificate.of(flows).body()
    found["counts"]["edges_tested"] = walked.count(flows)
    return {**found, "release": release.number, "policy": release.pins["policy"][1]}


def check(release: Release) -> None:
    """Raise NotAdmissibleError unless a valid certificate of exactly this release stands, and of the installed code."""
    against = objection(release)
    if against:
        raise NotAdmissibleError(f"This release can't go live. {against}")


def objection(release: Release) -> str:
    """One sentence; empty when nothing stands against it."""
    row = Certificate.objects.filter(release=release).first()
    if row is None:
        return f"{release} has no certificate. {NEW}"
    problems = [problem for graph in row.body["graphs"].values() for problem in graph["problems"]]
    if problems or not row.valid:
        return f"Its certificate isn't valid: {problems[0] if problems else 'it proves nothing.'}"
    if row.digest != certificate.seal(row.body) or row.body["policy"] != release.pins["policy"][1]:
        return f"The certificate of {release} is of something else. {NEW}"
    if versions(row) != release.pins["workflows"] or versions(row) != graphs():
        return f"The certificate of {release} is of other graphs than are installed. {NEW}"
    unsigned = signing.missing(kits.installed().values()) if settings.HANDRAIL["sign_off_required"] else []
    return f"Sign-offs are required, and {unsigned[0]}" if unsigned else ""


def versions(row: Certificate) -> dict[str, str]:
    return {name: graph["version"] for name, graph in row.body["graphs"].items()}


def graphs() -> dict[str, str]:
    return {name: flow.version for name, flow in kits.installed().items()}
