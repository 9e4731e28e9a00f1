"""S4-08: sign-off of a graph by people, and the certificate that a release needs."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from agents import certified, kits, releases, signing
from agents.admission import NotAdmissibleError
from agents.models import Certificate, Release, SignOff, Turn
from agents.replay import replay
from agents.workflow import Workflow
from agents.workflows import WORKFLOWS
from conversations.access import SYSTEM
from conversations.models import Event
from knowledge.models import ConfigVersion
from tests import cast
from tests.house import House

Patch = pytest.MonkeyPatch
REFUND = WORKFLOWS["refund"]
NOTE = "Walked every path with finance"


def changed(flow: Workflow) -> Workflow:
    return replace(flow, nodes=(replace(flow.nodes[0], does="Something else"), *flow.nodes[1:]))


# -- sign-off ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_S4_08_a_signature_says_who_in_which_role_over_which_graph_and_with_what_words() -> None:
    row = signing.sign(REFUND, cast.manager(), NOTE)
    assert (row.workflow, row.version, row.by, row.role, row.note) == ("refund", REFUND.version, "max", "manager", NOTE)
    assert row.at is not None
    event = Event.objects.get(stream="workflow:refund")
    assert (event.verb, event.data) == ("signed_off", {"version": REFUND.version, "signoff": row.pk})
    assert NOTE not in str(event.data)  # words stay in the row


@pytest.mark.django_db
def test_another_graph_voids_the_signature() -> None:
    signing.sign(REFUND, cast.manager(), NOTE)
    [now] = signing.standings([REFUND])
    [later] = signing.standings([changed(REFUND)])
    assert now.says == "signed off by max"
    assert (later.current, later.says) == (None, "not signed off since the graph changed")
    assert later.voided is not None
    assert signing.standings([WORKFLOWS["small_talk"]])[0].says == "not signed off"
    assert signing.missing([REFUND]) == []
    assert signing.missing([changed(REFUND)]) == ["refund is not signed off since the graph changed."]


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "note"), [("olga", NOTE), ("max", "fine"), ("max", "   ")])
def test_who_may_not_sign_or_says_nothing_is_refused(who: str, note: str) -> None:
    person = {"olga": cast.olga, "max": cast.manager}[who]()
    with pytest.raises(signing.CantSignError):
        signing.sign(REFUND, person, note)
    assert not SignOff.objects.exists()


@pytest.mark.django_db
def test_nobody_rewrites_a_signature_or_a_certificate(small_house: House) -> None:
    signing.sign(REFUND, cast.manager(), NOTE)
    for model in (SignOff, Certificate):
        assert model.objects.exists()
        for change in (lambda rows: rows.update(at=None), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
                change(model.objects.all())


def command(*args: str) -> str:
    out = StringIO()
    call_command("workflows", *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_signs(capsys: Any) -> None:
    cast.manager()
    assert '"by": "max"' in command("signoff", "refund", "--as", "max", "--note", NOTE, "--json")
    assert SignOff.objects.get().note == NOTE
    for wrong in (["signoff", "refund"], ["signoff", "refund", "--as", "nobody", "--note", NOTE], ["signoff", "x"]):
        with pytest.raises(SystemExit) as ended:
            command(*wrong)
        assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 3
    assert SignOff.objects.count() == 1


# -- a release's certificate -------------------------------------------------------------------------------------------


def draft() -> Release:
    live = releases.live()
    assert live is not None
    policy, taxonomy = (ConfigVersion.objects.get(pk=live.pins[kind][0]) for kind in ("policy", "taxonomy"))
    return releases.make(policy, taxonomy, SYSTEM, "trying")


def test_a_release_is_made_with_its_certificate(small_house: House) -> None:
    release = draft()
    row = release.certificate
    assert row.valid
    assert certified.versions(row) == release.pins["workflows"]
    assert row.body["policy"] == release.pins["policy"][1]
    assert row.body["counts"]["workflows"] == len(WORKFLOWS)
    assert row.body["counts"]["edges_tested"] > 0
    assert releases.go_live(release, SYSTEM, "trying").status == Release.Status.LIVE


def again(release: Release, **body: Any) -> None:
    """Another certificate in the place of this one, as nobody can while the trigger stands."""
    row = release.certificate
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; alter table agents_certificate disable trigger certificate_kept")
        Certificate.objects.filter(pk=row.pk).delete()
        if body:
            Certificate.objects.create(release=release, body={**row.body, **body}, digest=row.digest, valid=row.valid)
        cursor.execute("set constraints all immediate; alter table agents_certificate enable trigger certificate_kept")


REFUSED: dict[str, dict[str, Any]] = {
    "has no certificate": {},
    "is of something else": {"policy": "another"},
    "isn't valid: refund: it writes": {
        "graphs": {"refund": {"version": REFUND.version, "problems": ["refund: it writes"]}}
    },
}


@pytest.mark.parametrize("why", REFUSED)
def test_without_a_valid_one_it_does_not_go_live(small_house: House, why: str) -> None:
    before, release = releases.live(), draft()
    again(release, **REFUSED[why])
    with pytest.raises(NotAdmissibleError, match=why):
        releases.go_live(Release.objects.get(pk=release.pk), SYSTEM, "trying")
    assert releases.live() == before


def test_a_release_of_other_graphs_than_are_installed_does_not_go_live(small_house: House, monkeypatch: Patch) -> None:
    release = draft()
    monkeypatch.setattr(kits, "WORKFLOWS", {**WORKFLOWS, "refund": changed(REFUND)})
    with pytest.raises(NotAdmissibleError, match="other graphs than are installed"):
        releases.go_live(release, SYSTEM, "trying")
    monkeypatch.undo()
    assert releases.go_live(release, SYSTEM, "trying").status == Release.Status.LIVE


def test_where_sign_offs_are_required_every_workflow_needs_one(small_house: House, settings: Any) -> None:
    """By default a missing one is shown and stops nothing (the release before this line went live without)."""
    settings.HANDRAIL = {**settings.HANDRAIL, "sign_off_required": 1}
    release, manager = draft(), cast.manager()
    names = list(WORKFLOWS)
    for name in names[:-1]:
        signing.sign(WORKFLOWS[name], manager, NOTE)
    with pytest.raises(NotAdmissibleError, match=f"required, and {names[-1]} is not signed off"):
        releases.go_live(release, SYSTEM, "trying")
    signing.sign(WORKFLOWS[names[-1]], manager, NOTE)
    assert releases.go_live(release, SYSTEM, "trying").status == Release.Status.LIVE


def test_the_admin_says_which_releases_are_proved(small_house: House, admin_client: Client) -> None:
    page = "/admin/agents/release/"
    assert "icon-yes" in admin_client.get(page).content.decode()
    live = releases.live()
    assert live is not None
    again(live)
    text = admin_client.get(page).content.decode()
    assert "icon-unknown" in text
    assert "icon-yes" not in text


def test_a_release_from_before_speaks_and_replays_without_one(small_house: House) -> None:
    """It was live when certificates came; the next release has one."""
    live = releases.live()
    assert live is not None
    again(live)
    row, answers = small_house.ask(small_house.alice(), "Where is FW-10482?")
    assert "Packhorse" in answers[0][0]
    assert [replay(turn).why for turn in Turn.objects.filter(conversation=row)] == [""]
    assert releases.go_live(draft(), SYSTEM, "trying").certificate.valid
