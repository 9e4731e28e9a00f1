"""A policy's way in the admin: written, reviewed beside the live one, approved by somebody else, taken live."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from agents import kits, releases
from agents.intents import editing
from agents.models import Release, Turn
from config import seed as house_seed
from conversations.access import SYSTEM, Actor
from conversations.lifecycle import NotAllowedError
from conversations.models import Event
from knowledge import configs
from knowledge.models import ConfigVersion
from knowledge.policy import Policy
from knowledge.seed import seed_config
from tests import cast
from tests.cast import someone
from tests.house import House
from tools.models import ToolCall

CONFIGS = "/admin/knowledge/configversion/"


@pytest.fixture
def max_(small_house: House) -> Client:
    return someone("max", "Policy editors", "Policy reviewers")


@pytest.fixture
def mia(small_house: House) -> Client:
    return someone("mia", "Policy editors", "Policy reviewers")


def live() -> Release:
    return Release.objects.get(status=Release.Status.LIVE)


def again(row: ConfigVersion) -> ConfigVersion:
    return ConfigVersion.objects.get(pk=row.pk)


def body_of(kind: str = "policy") -> str:
    found = releases.live_version(kind)
    assert found is not None
    return found.body


def write(client: Client, body: str, kind: str = "policy") -> ConfigVersion:
    answer = client.post(f"{CONFIGS}add/", {"kind": kind, "body": body})
    assert answer.status_code == 302, plain(answer)
    return ConfigVersion.objects.filter(kind=kind).latest("number")


def press(client: Client, version: ConfigVersion, verb: str, reason: str = "because", **more: Any) -> str:
    """The page after a button."""
    return plain(client.post(review(version), {"verb": verb, "reason": reason, **more}, follow=True))


def review(version: ConfigVersion) -> str:
    return f"{CONFIGS}{version.pk}/review/"


def approved(author: Client, reviewer: Client, body: str, kind: str = "policy") -> ConfigVersion:
    version = write(author, body, kind)
    press(author, version, "submit")
    press(reviewer, version, "approve")
    version = again(version)
    assert version.status == "approved"
    return version


def plain(page: Any) -> str:
    text = str(page.content.decode())
    for code, sign in (("&#x27;", "'"), ("&quot;", '"'), ("&gt;", ">"), ("&lt;", "<")):
        text = text.replace(code, sign)
    return text


def test_a_policy_goes_from_a_draft_to_live(max_: Client, mia: Client) -> None:
    """S1-51"""
    before, texts = live(), body_of()
    assert "stale_days: 90" in plain(max_.get(f"{CONFIGS}add/"))  # a new version begins with the live text
    version = write(max_, texts.replace("stale_days: 90", "stale_days: 60"))
    max_.post(f"{CONFIGS}{version.pk}/change/", {"body": texts.replace("stale_days: 90", "stale_days: 120")})
    assert f"{version} is in review" in press(max_, version, "submit", "older pages are fine")
    page = plain(mia.get(review(version)))
    assert '<code class="review-removed">-  stale_days: 90</code>' in page
    assert '<code class="review-added">+  stale_days: 120</code>' in page
    assert "A page counts as fresh for 120 days, not 90." in page
    assert f"{version} is approved. It isn't live yet." in press(mia, version, "approve", "agreed")
    assert live() == before
    seen = re.search(r'name="seen" value="(\d+)"', plain(mia.get(review(version))))
    assert seen is not None
    assert f"{version} is live" in press(mia, version, "activate", "agreed on Monday", seen=seen[1])
    version = again(version)
    assert live().pins == {**before.pins, "policy": [version.pk, version.digest]}
    assert live().number == before.number + 1
    assert Release.objects.get(pk=before.pk).status == "retired"
    assert kits.load(live().pk).policy.knowledge.stale_days == 120


def test_each_step_is_an_event_with_its_person_and_reason(max_: Client, mia: Client) -> None:
    """S1-51"""
    old = live()
    version = approved(max_, mia, body_of() + "\n# changed\n")
    press(mia, version, "activate", "agreed on Monday")
    one, two = (f"operator:{User.objects.get(username=name).pk}" for name in ("max", "mia"))
    told = Event.objects.filter(stream=f"config:{version.pk}").order_by("n")
    assert [(e.verb, e.actor, e.reason) for e in told][1:] == [
        ("in_review", one, "because"),
        ("approved", two, "because"),
        ("activated", two, "agreed on Monday"),
    ]
    last = told.last()
    assert last is not None
    assert last.data == {"release": live().number, "instead_of": old.pins["policy"][0]}
    of_release = Event.objects.filter(stream=f"release:{live().pk}").order_by("n")
    assert [(e.verb, e.actor, e.reason) for e in of_release] == [
        ("created", two, "agreed on Monday"),
        ("live", two, "agreed on Monday"),
    ]


def test_nobody_approves_what_they_wrote(max_: Client, mia: Client) -> None:
    """S1-51"""
    version = write(max_, body_of() + "\n# changed\n")
    press(max_, version, "submit")
    assert f"Approve: {configs.OWN}" in plain(max_.get(review(version)))
    assert configs.OWN in press(max_, version, "approve")
    admin = User.objects.get(username="max")
    with pytest.raises(NotAllowedError):
        configs.approve(version.pk, Actor.operator(admin.pk), "rank")
    with pytest.raises(DatabaseError, match="config_four_eyes"), transaction.atomic():
        ConfigVersion.objects.filter(pk=version.pk).update(status="approved", moved_by=f"operator:{admin.pk}")
    assert "is approved" in press(mia, version, "approve")


def test_a_draft_is_edited_by_its_author_alone(max_: Client, mia: Client) -> None:
    """Otherwise its author could approve what they had slipped into it."""
    version = write(max_, body_of())
    assert mia.post(f"{CONFIGS}{version.pk}/change/", {"body": "a: 1"}).status_code == 403
    press(max_, version, "submit")
    assert max_.post(f"{CONFIGS}{version.pk}/change/", {"body": body_of() + "\n# late"}).status_code == 403
    press(mia, version, "send_back", "say why")
    max_.post(f"{CONFIGS}{version.pk}/change/", {"body": body_of() + "\n# why"})
    version = again(version)
    assert (version.status, version.body.endswith("# why\n")) == ("draft", True)
    assert version.digest == configs.digest(version.body)


def test_who_has_no_right_sees_no_page_and_moves_nothing(max_: Client, mia: Client) -> None:
    version = write(max_, body_of() + "\n# changed\n")
    press(max_, version, "submit")
    olga, bill = someone("olga"), someone("bill", "Billing specialists", "Managers")
    for client in (olga, bill):
        assert client.get(review(version)).status_code == 403
        assert client.post(review(version), {"verb": "approve", "reason": "x"}).status_code == 403
        assert client.get(CONFIGS).status_code == 403
    writer, reader = someone("wanda", "Policy editors"), someone("rhea", "Policy reviewers")
    assert writer.post(review(version), {"verb": "approve", "reason": "x"}).status_code == 403
    assert "You may not do this: Approve." in plain(writer.get(review(version)))
    assert reader.get(f"{CONFIGS}add/").status_code == 403
    assert "is approved" in press(reader, version, "approve")
    assert writer.post(review(version), {"verb": "activate", "reason": "x"}).status_code == 403
    assert "is live" in press(reader, version, "activate")


def test_a_step_wants_a_reason(max_: Client) -> None:
    version = write(max_, body_of() + "\n# changed\n")
    assert "Say in a few words why" in press(max_, version, "submit", " ")
    assert "at most 80 characters" in press(max_, version, "submit", "x" * 81)
    version = again(version)
    assert version.status == "draft"


def test_what_can_not_go_live_is_refused_with_a_sentence(
    max_: Client, mia: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S1-51"""
    before, standing = live(), releases.live_version("policy")
    assert standing is not None
    draft = write(max_, body_of() + "\n# draft\n")
    assert f"{draft} isn't approved yet. Have it reviewed first." in press(mia, draft, "activate")
    assert f"{standing} is live already." in press(mia, standing, "activate")
    same = approved(max_, mia, body_of().replace("\n", "\r\n"))  # as a browser sends it
    assert "says the same as the live version, word for word" in press(mia, same, "activate")
    other = approved(max_, mia, body_of() + "\n# other\n")
    assert "has gone live meanwhile" in press(mia, other, "activate", seen=before.number - 1)
    with monkeypatch.context() as patched:
        patched.setattr(kits, "digest_of", lambda *_: "another voice")
        page = plain(mia.get(review(other)))
        assert f"Take it live: The installed code isn't the one of {before}." in page
        assert "Run `manage.py seed`" in press(mia, other, "activate")
    assert live() == before
    assert Release.objects.count() == 1


def test_a_taxonomy_that_names_no_workflow_is_refused(max_: Client, mia: Client) -> None:
    broken = approved(max_, mia, body_of("taxonomy").replace("workflow: refund\n", "workflow: refunt\n", 1), "taxonomy")
    page = press(mia, broken, "activate")
    assert "This release can't go live." in page
    assert "there is no workflow refunt." in page
    assert Release.objects.count() == 1


def test_a_taxonomy_is_read_when_it_is_saved(max_: Client) -> None:
    text = body_of("taxonomy")
    wrong = text.replace("category: returns", "category: refunds", 1)
    page = plain(max_.post(f"{CONFIGS}add/", {"kind": "taxonomy", "body": wrong}))
    line = text[: text.index("category: returns")].count("\n") + 1
    assert re.search(rf"intents\.\d+\.category: input should be [^<]* \(line {line}, column 3\)", page)
    assert "intents:" in plain(max_.get(f"{CONFIGS}add/?kind=taxonomy"))


def test_a_taxonomy_goes_live_too(max_: Client, mia: Client) -> None:
    before = live()
    text = body_of("taxonomy")
    place = text.index("- name: warranty_question")
    new = text[:place] + text[place:].replace("workflow: answer_question", "workflow: order_status", 1)
    version = approved(max_, mia, new, "taxonomy")
    assert "order_status serves warranty_question, not answer_question." in plain(mia.get(review(version)))
    assert f"{version} is live" in press(mia, version, "activate")
    assert live().pins == {**before.pins, "taxonomy": [version.pk, version.digest]}
    assert kits.load(live().pk).taxonomy["warranty_question"].workflow == "order_status"


def without(text: str, *names: str) -> str:
    data = yaml.safe_load(text)
    data["intents"] = [entry for entry in data["intents"] if entry["name"] not in names]
    return yaml.safe_dump(data, sort_keys=False)


def test_a_taxonomy_that_forgets_too_much_takes_a_manager(max_: Client, mia: Client) -> None:
    """S4-18: refused with the reason; overruled by a manager with theirs, and the event says what was lost."""
    before = live()
    version = approved(max_, mia, without(body_of("taxonomy"), "complaint", "gift_card"), "taxonomy")
    page = press(mia, version, "activate")
    assert re.search(r"It forgets \d+ of \d+ examples that were understood before \(.*complaint \d+ → 0", page)
    assert "It takes a manager to let a taxonomy forget this much." in plain(mia.get(review(version)))
    assert mia.post(review(version), {"verb": "overrule", "reason": "x"}).status_code == 403
    assert live() == before
    manager = someone("mona", "Policy editors", "Policy reviewers", "Managers")
    assert f"{version} is live" in press(manager, version, "overrule", "complaints go elsewhere")
    event = Event.objects.get(stream=f"config:{version.pk}", verb=releases.ACTIVATED)
    assert event.reason == "complaints go elsewhere"
    assert event.data["overruled"] is True
    assert event.data["of"] > event.data["lost"] > 0


def test_a_taxonomy_that_forgets_nothing_needs_nobody_to_overrule(max_: Client, mia: Client) -> None:
    new = editing.with_examples(body_of("taxonomy"), "order_status", ["has the courier lost my lamp"])
    version = approved(max_, mia, new, "taxonomy")
    page = plain(mia.get(review(version)))
    assert "Take it live all the same" not in page
    assert "What is wrong with its rules" in page
    assert f"{version} is live" in press(mia, version, "activate")


def test_a_conflict_is_told_on_the_review_page(max_: Client) -> None:
    """S4-17"""
    new = editing.with_examples(body_of("taxonomy"), "returns_policy", ["where is my package"])
    page = plain(max_.get(review(write(max_, new, "taxonomy"))))
    assert "'where is my package' is an example twice, in order_status and returns_policy." in page


def test_a_taxonomy_is_downloaded_and_uploaded_as_a_draft(max_: Client) -> None:
    standing = releases.live_version("taxonomy")
    assert standing is not None
    file = max_.get(f"{CONFIGS}{standing.pk}/text/")
    assert file.content.decode() == standing.body
    assert f"taxonomy-{standing.number}.yaml" in file["Content-Disposition"]
    sent = SimpleUploadedFile("intents.yaml", file.content.replace(b"\n", b"\r\n"))
    max_.post(f"{CONFIGS}upload/", {"kind": "taxonomy", "file": sent})
    draft = ConfigVersion.objects.filter(kind="taxonomy").latest("number")
    assert (draft.status, draft.digest, str(draft.author)) == ("draft", standing.digest, "max")


@pytest.mark.parametrize(
    ("body", "told"), [(b"version: x\n", "(line 1, column 1)"), (b"\xff\xfe\x00", "This isn't a text file.")]
)
def test_a_bad_upload_is_told_where_and_keeps_nothing(max_: Client, body: bytes, told: str) -> None:
    before = ConfigVersion.objects.count()
    page = plain(max_.post(f"{CONFIGS}upload/", {"kind": "taxonomy", "file": SimpleUploadedFile("x.yaml", body)}))
    assert told in page
    assert ConfigVersion.objects.count() == before


def test_the_next_turn_runs_under_the_new_policy_and_an_old_one_replays(
    small_house: House, max_: Client, mia: Client
) -> None:
    """S1-51"""
    from agents.replay import replay

    talk, _ = small_house.ask(small_house.alice(), "What is your returns policy?")
    old = releases.live_version("policy")
    version = approved(max_, mia, body_of().replace("stale_days: 90", "stale_days: 1"))
    press(mia, version, "activate")
    small_house.ask(small_house.alice(), "And how long does shipping take?", into=talk)
    first, second = Turn.objects.filter(conversation=talk).order_by("attempt")
    assert old is not None
    assert [turn.release.pins["policy"][0] for turn in (first, second)] == [old.pk, version.pk]
    assert [replay(turn).why for turn in (first, second)] == ["", ""]
    page = plain(mia.get(f"/console/agent/trace/?conversation={talk.public_id}"))
    assert f'{second.release} · <a href="{review(version)}">{version}</a>' in page
    assert f'{first.release} · <a href="{review(old)}">{old}</a>' in page
    stranger = Client()
    stranger.force_login(cast.olga())
    page = plain(stranger.get(f"/console/agent/trace/?conversation={talk.public_id}"))
    assert f"{second.release} · {version}" in page  # the number for everybody, the link for who may open it
    page = plain(mia.get(f"/console/agent/release/?release={second.release_id}"))
    assert str(version) in page
    assert mia.get("/console/agent/release/?release=x").status_code == 404


def test_a_writes_page_names_the_policy_that_it_was_decided_under(small_house: House, mia: Client) -> None:
    """S1-51"""
    small_house.ask(small_house.alice(), "my blender arrived broken, refund FW-10464 please", "yes")
    call = ToolCall.objects.get()
    page = plain(mia.get(f"/console/approvals/why/{call.key}/"))
    panel = re.search(r'<dt>Release</dt><dd hx-get="([^"]+)" hx-trigger="load">', page)
    assert panel is not None
    found = plain(mia.get(panel[1]))
    assert f"{live()} · <a " in found
    assert f">{releases.live_version('policy')}</a>" in found


def test_a_page_that_was_compared_with_another_version_is_old(max_: Client, mia: Client) -> None:
    one = approved(max_, mia, body_of() + "\n# one\n")
    two = approved(max_, mia, body_of() + "\n# two\n")
    seen = live().number
    press(mia, one, "activate", seen=seen)
    assert "has gone live meanwhile" in press(mia, two, "activate", seen=seen)
    assert live().pins["policy"][0] == one.pk


def test_two_at_once_end_with_one_release_after_the_other(moving_house: House) -> None:
    """Whoever comes second is told that something else has gone live meanwhile, and nothing is lost of the first."""
    seen = live().number
    versions = [seed_config("policy", f"{body_of()}\n# {n}\n") for n in range(4)]

    def press_at_once(version: ConfigVersion) -> str:
        try:
            return str(releases.take_live(version, SYSTEM, "race", seen))
        except releases.CantError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(press_at_once, versions))
    won = [version for version, line in zip(versions, said, strict=True) if line == f"Release {seen + 1}"]
    assert len(won) == 1
    assert live().pins["policy"][0] == won[0].pk
    lost = [line for line in said if line != f"Release {seen + 1}"]
    assert lost == [f"Release {seen + 1} has gone live meanwhile. Look at the difference again, then decide."] * 3
    assert Release.objects.count() == 2


def test_a_release_of_lesser_authority_keeps_the_policy_that_went_live(moving_house: House) -> None:
    """Both read what is live under the same lock."""
    version = seed_config("policy", f"{body_of()}\n# new\n")

    def lower() -> None:
        releases.set_authority(releases.live_authority() - 1, SYSTEM, "test", "too many mistakes")
        connection.close()

    def renew() -> None:
        releases.take_live(version, SYSTEM, "race")
        connection.close()

    before = releases.live_authority()
    with ThreadPoolExecutor(2) as threads:
        for job in [threads.submit(lower), threads.submit(renew)]:
            job.result()
    assert live().pins["policy"][0] == version.pk
    assert live().pins["authority"] == before - 1


def test_the_demo_has_two_people_who_can_review_each_other(small_house: House, settings: Any) -> None:
    settings.HANDRAIL_DEMO = True
    house_seed.seed_people()
    for name, may in (("max", True), ("mia", True), ("olga", False), ("bill", False)):
        user = User.objects.get(username=name)
        assert user.has_perm("knowledge.review_configversion") is may
        assert user.has_perm("knowledge.activate_configversion") is may
        assert user.has_perm("knowledge.add_configversion") is may
        assert not user.has_perm("knowledge.delete_configversion")


def test_the_way_back_is_the_same_button(max_: Client, mia: Client) -> None:
    old = releases.live_version("policy")
    assert old is not None
    version = approved(max_, mia, body_of().replace("stale_days: 90", "stale_days: 1"))
    press(mia, version, "activate")
    assert f"{old} is live" in press(mia, old, "activate", "too strict")
    assert live().pins["policy"] == [old.pk, old.digest]


def test_the_pages_of_releases_and_versions_say_what_is_live(max_: Client, mia: Client) -> None:
    page = plain(mia.get("/admin/agents/release/"))
    assert f"{live()}" in page
    assert f"{releases.live_version('policy')}" in page
    assert "Review Policy 1" in plain(mia.get(CONFIGS))
    assert "New taxonomy version" in plain(max_.get(CONFIGS))
    assert mia.get(f"/admin/agents/release/{live().pk}/change/").status_code == 200
    assert mia.get("/admin/agents/release/add/").status_code == 403


def test_the_seed_may_still_do_what_it_does(small_house: House) -> None:
    """What the installation writes has no author; it is approved by the system."""
    version = configs.write("policy", body_of() + "\n# seeded\n")
    configs.submit(version.pk, SYSTEM, "seeded")
    assert configs.approve(version.pk, SYSTEM, "seeded").status == "approved"
    assert Policy.parse(version.body)
