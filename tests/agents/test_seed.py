"""What a seed may and may not do to an installation that is already in use."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from agents import kits, releases, seed
from agents.models import Release
from conversations.access import SYSTEM
from knowledge.models import Article, ConfigVersion
from knowledge.seed import seed_config
from tests.house import House

Patch = pytest.MonkeyPatch


def live() -> Release:
    return Release.objects.get(status=Release.Status.LIVE)


def test_seeding_again_changes_nothing(small_house: House) -> None:
    before = live().pk, Article.objects.count(), ConfigVersion.objects.count()
    seed.seed()
    assert (live().pk, Article.objects.count(), ConfigVersion.objects.count()) == before


def test_updated_code_gets_a_release_with_the_same_policy(small_house: House, monkeypatch: Patch) -> None:
    before = live()
    assert releases.refresh() is None
    monkeypatch.setattr(kits, "digest_of", lambda *_: "another voice")
    made = releases.refresh()
    assert made is not None
    assert (made.pins["voice"], made.pins["policy"]) == ("another voice", before.pins["policy"])
    assert Release.objects.get(pk=before.pk).status == Release.Status.RETIRED
    assert live().pk == made.pk


def test_an_editors_policy_stays_unless_the_packs_is_asked_for(small_house: House) -> None:
    taxonomy = ConfigVersion.objects.get(pk=live().pins["taxonomy"][0])
    packs = ConfigVersion.objects.get(pk=live().pins["policy"][0])
    theirs = seed_config(ConfigVersion.Kind.POLICY, packs.body.replace("stale_days: 90", "stale_days: 30"))
    releases.go_live(releases.make(theirs, taxonomy, SYSTEM, "edited"), SYSTEM, "edited")
    seed.seed()
    assert live().pins["policy"][0] == theirs.pk
    out = StringIO()
    call_command("seed", "--from-pack", stdout=out)
    assert live().pins["policy"][0] == packs.pk
    assert out.getvalue().strip() == f"{live()} is live."
