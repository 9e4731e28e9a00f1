"""What a policy's or a taxonomy's text must be to go live: read, checked, and tried once."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from pydantic import ValidationError

from knowledge import configs, embeddings, yamltext
from knowledge.models import ConfigVersion
from knowledge.yamltext import YamlTextError

from .intents.cascade import classify
from .intents.taxonomy import Taxonomy

__all__ = ["YamlTextError", "check", "plain", "rehearse", "taxonomy"]


def check(kind: str, body: str) -> None:
    """Nothing when the text may be saved, else YamlTextError with line and column."""
    configs.check(kind, body)
    if kind == ConfigVersion.Kind.TAXONOMY:
        taxonomy(body)


def plain(file: bytes) -> str:
    """A file's words as a version keeps them: lines end one way, and so does the text."""
    return file.decode("utf-8").replace("\r\n", "\n").rstrip() + "\n"


@lru_cache(maxsize=8)
def taxonomy(body: str) -> Taxonomy:
    try:
        return Taxonomy.model_validate(yamltext.load(body))
    except ValidationError as error:
        raise yamltext.explain(body, error) from error


def rehearse(version: ConfigVersion) -> None:
    """Read the text as a turn will, and train and keep what its first message would wait for."""
    check(version.kind, version.body)
    if version.kind == ConfigVersion.Kind.TAXONOMY:
        classify("is anybody there", [], taxonomy(version.body), embeddings, folder=settings.HANDRAIL_MODELS_DIR)
