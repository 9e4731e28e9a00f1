"""What an empty installation begins to know. Running it again adds nothing that is there."""

from __future__ import annotations

from pathlib import Path

from conversations.access import SYSTEM

from . import configs
from .ingest import Report, load_folder
from .models import ConfigVersion

REASON = "seeded"
SOURCE = "pack"


def seed_articles(folder: Path | str) -> Report:
    """The pack's articles, published; a folder that isn't there is an empty one."""
    return load_folder(folder, SOURCE)


def seed_policy(file: Path | str) -> ConfigVersion:
    """The pack's policy as an approved version."""
    return seed_config(ConfigVersion.Kind.POLICY, Path(file).read_text(encoding="utf-8"))


def seed_config(kind: str, body: str) -> ConfigVersion:
    """The approved version with exactly this text: the one that is there, else a new one."""
    there = ConfigVersion.objects.filter(
        kind=kind, digest=configs.digest(body), status=ConfigVersion.Status.APPROVED
    ).first()
    if there is not None:
        return there
    version = configs.write(kind, body)
    configs.submit(version.pk, SYSTEM, REASON)
    return configs.approve(version.pk, SYSTEM, REASON)
