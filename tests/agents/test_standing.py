"""S1-21, S0-03, S0-04: how far the agent reaches, who may change it, and what an intent lacks."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from agents import admission, deeds, kits, releases, standing
from agents.models import Authority
from config import seed
from conversations.access import SYSTEM
from knowledge.models import ConfigVersion
from knowledge.seed import seed_config
from tests.house import House
from tools import pack
from tools.models import Breaker

PAGE = "/admin/agents/release/standing/"
EVIDENCE = "Two hundred conversations in the shadow, none wrong"


def person(name: str, *groups: str, is_superuser: bool = False) -> User:
    seed.seed_roles()
    user = User.objects.create_user(name, is_staff=True, is_superuser=is_superuser)
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


def manager(name: str = "mia") -> User:
    return person(name, "Managers", *seed.RIGHTS)


def told(*words: str) -> Any:
    """The last line's JSON, whatever the exit."""
    out = io.StringIO()
    try:
        call_command(*words, "--json", stdout=out)
    except SystemExit as left:
        return json.loads(out.getvalue().splitlines()[-1]), left.code
    return json.loads(out.getvalue().splitlines()[-1]), 0


def lower_to(level: int) -> None:
    while releases.live_authority() > level:
        releases.set_authority(releases.live_authority() - 1, SYSTEM, "test", "for the test")


def test_it_is_raised_by_a_manager_with_evidence_one_level_at_a_time(small_house: House) -> None:
    lower_to(0)
    changes = Authority.objects.count()
    manager()
    manager("max")
    person("olga")
    for words, why in (
        (("1", "--as", "olga", "--evidence", EVIDENCE), "takes a manager"),
        (("1", "--evidence", EVIDENCE), "Say who changes it"),
        (("1", "--as", "nobody", "--evidence", EVIDENCE), "Say who changes it"),
        (("1", "--as", "mia"), "what was measured"),
        (("1", "--as", "mia", "--evidence", "it works"), "what was measured"),
        (("2", "--as", "mia", "--evidence", EVIDENCE), "one at a time"),
        (("7", "--as", "mia", "--evidence", EVIDENCE), "choose another"),
    ):
        said = io.StringIO()
        with pytest.raises(SystemExit, match="2"):
            call_command("authority", *words, stderr=said)
        assert why in said.getvalue(), words
        assert (releases.live_authority(), Authority.objects.count()) == (0, changes), words
    found, _ = told("authority", "1", "--as", "mia", "--evidence", EVIDENCE)
    assert (found["level"], found["changed_by"], found["evidence"]) == (1, "mia", EVIDENCE)
    assert Authority.objects.count() == changes + 1
    assert Authority.objects.latest("pk").release == releases.live()


def test_an_installation_of_ones_own_begins_by_reading_and_the_demo_with_all(settings: Any, db: None) -> None:
    settings.HANDRAIL_DEMO = False
    assert releases.live_authority() == 0
    settings.HANDRAIL_DEMO = True
    assert releases.live_authority() == 2


def test_the_page_raises_it_for_a_manager_alone(small_house: House, client: Client) -> None:
    lower_to(0)
    client.force_login(manager())
    manager("max")
    page = client.get(PAGE).content.decode()
    assert "Authority 0 of 2" in page
    assert "Raise to 1" in page
    assert "Raise to 2" not in page
    assert "Name the evidence" in client.post(PAGE, {"level": "1", "evidence": ""}).content.decode()
    assert "what was measured" in client.post(PAGE, {"level": "1", "evidence": "fine"}).content.decode()
    assert releases.live_authority() == 0
    done = client.post(PAGE, {"level": "1", "evidence": EVIDENCE}, follow=True).content.decode()
    assert "Authority 1 of 2" in done
    assert EVIDENCE in done
    viewer = person("rita", "Policy editors")
    client.force_login(viewer)
    assert "Raise to 2" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"level": "2", "evidence": EVIDENCE}).status_code == 403
    assert releases.live_authority() == 1
    client.force_login(person("olga"))
    assert client.get(PAGE).status_code == 403


def test_the_doctor_and_the_page_say_what_an_intent_lacks(small_house: House, client: Client) -> None:
    """S0-04: nobody approves, nobody serves; with people for both, nothing is missing."""
    User.objects.all().delete()
    found, code = told("intents", "doctor")
    assert (found["healthy"], code) == (False, 1)
    said = " ".join(found["intents"]["refund_request"])
    assert "nobody is one" in said
    assert "nobody serves its queue" in said
    for name in ("mia", "max"):
        manager(name)
    person("bill", "Billing specialists")
    found, code = told("intents", "doctor")
    assert (found["healthy"], code) == (True, 0), found
    client.force_login(User.objects.get(username="mia"))
    assert "may be on" in client.get(PAGE).content.decode()
    User.objects.exclude(username="mia").delete()
    page = client.get(PAGE).content.decode()
    assert "lack something" in page
    assert "2 × manager to approve, and nobody is one" in page


def test_it_is_not_raised_where_nobody_approves(small_house: House, client: Client) -> None:
    """S0-04: the first write would wait for people whom there aren't. The twin has them."""
    lower_to(0)
    client.force_login(manager())
    said = client.post(PAGE, {"level": "1", "evidence": EVIDENCE}).content.decode()
    assert "2 × manager to approve, and nobody is one" in said
    assert "intents doctor" in said
    assert (releases.live_authority(), Authority.objects.filter(level=1, before=0).count()) == (0, 0)
    manager("max")
    client.post(PAGE, {"level": "1", "evidence": EVIDENCE})
    assert releases.live_authority() == 1


def with_intent(name: str, workflow: str) -> ConfigVersion:
    """The live taxonomy, and one more intent of its own."""
    live = releases.live_version("taxonomy")
    assert live is not None
    known = yaml.safe_load(live.body)
    like = next(one for one in known["intents"] if one["name"] == "refund_status")
    known["intents"].append({**like, "name": name, "workflow": workflow, "rules": [], "by_reason": {}, "examples": [
        f"{words} the zeppelin" for words in ("please moor", "can you moor", "I want to moor", "moor", "do moor")
    ]})  # fmt: skip
    return seed_config(ConfigVersion.Kind.TAXONOMY, yaml.safe_dump(known, sort_keys=False))


@pytest.mark.parametrize(
    ("workflow", "people", "why"),
    [
        ("refund", ("mia", "max"), ""),
        ("refund", ("mia",), "may need 2 × manager to approve"),
        ("refund", (), "nobody serves its queue"),
        ("answer_question", ("mia",), ""),
        ("answer_question", (), "nobody serves its queue"),
    ],
)
def test_an_intent_is_switched_on_where_people_stand_behind_it(
    small_house: House, workflow: str, people: tuple[str, ...], why: str
) -> None:
    """S0-03: whoever approves its writes, and whoever takes its handoffs."""
    User.objects.all().delete()
    for name in people:
        manager(name)
    before, version = releases.live(), with_intent("zeppelin", workflow)
    if why:
        with pytest.raises(releases.CantError, match=f"zeppelin: .*{why}"):
            releases.take_live(version, SYSTEM, "test")
        assert releases.live() == before
    else:
        assert "zeppelin" in kits.load(releases.take_live(version, SYSTEM, "test").pk).taxonomy


def test_who_left_holds_up_nothing_that_is_not_theirs(small_house: House) -> None:
    """Another word in the policy needs no second manager; another rung of the ladder needs somebody on it."""
    User.objects.all().delete()
    live = releases.live_version("policy")
    assert live is not None
    changed = live.body.replace("stale_days: 90", "stale_days: 91")
    releases.take_live(seed_config(ConfigVersion.Kind.POLICY, changed), SYSTEM, "test")
    for name in ("mia", "max"):
        manager(name)
    User.objects.filter(username="max").delete()
    known = yaml.safe_load(changed)
    known["refunds"]["approvals"][-1]["people"] = 1
    by_one = seed_config(ConfigVersion.Kind.POLICY, yaml.safe_dump(known, sort_keys=False))
    releases.take_live(by_one, SYSTEM, "test")
    with pytest.raises(releases.CantError, match="2 × manager"):
        releases.take_live(seed_config(ConfigVersion.Kind.POLICY, changed + "\n# again\n"), SYSTEM, "test")


def test_a_queue_that_never_opens_is_served_by_nobody(small_house: House) -> None:
    for name in ("mia", "max"):
        manager(name)
    kit = deeds.kit()
    assert not any(admission.lacking(kit).values())
    queues = {**kit.policy.queues}
    queues["human-queue-standard"] = queues["human-queue-standard"].model_copy(update={"hours": {}})
    shut = replace(kit, policy=kit.policy.model_copy(update={"queues": queues}))
    assert "human-queue-standard never opens" in " ".join(admission.lacking(shut)["refund_request"])
    with pytest.raises(admission.NotAdmissibleError, match="never opens"):
        admission.check_served(shut, kit)


def test_the_page_shows_which_system_is_left_alone(small_house: House, client: Client) -> None:
    client.force_login(manager())
    assert "no breaker is open" in client.get(PAGE).content.decode()
    at = "2026-11-20T12:00:00Z"
    Breaker.objects.create(pack=pack.active().name, capability="get_order", state="open", since=at, until=at)
    assert [one.capability for one in standing.now().broken] == ["get_order"]
    assert "Open: no call goes through" in client.get(PAGE).content.decode()
