"""What is decided before anything starts: which environment, which commands, which links."""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

import pytest
from django.core.management import get_commands
from packaging.specifiers import SpecifierSet

import manage
from config import demo, environment, links
from config.embedded import users


def test_every_package_can_be_had_on_any_python_3_11() -> None:
    """The machine that made the lock may have a newer one than a newcomer's: Debian 12 has 3.11.2."""
    wanted = {each.metadata["Name"]: each.metadata["Requires-Python"] or "" for each in distributions()}
    assert len(wanted) > 100
    assert {name: asked for name, asked in wanted.items() if "3.11.0" not in SpecifierSet(asked)} == {}
    assert "3.11.0" not in SpecifierSet(">=3.11.5")


def test_the_environment_is_made_again_when_a_lock_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "app.lock"
    lock.write_text("django==5.2.1 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(environment, "LOCKS", [lock])
    before = environment._fingerprint()
    assert environment._fingerprint() == before
    lock.write_text("django==5.2.2 \\\n    --hash=sha256:01\n")
    assert environment._fingerprint() != before
    assert environment._packages(["-r", str(lock)]) == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["check"], ["help"], ["migrate", "--help"], ["chat", "-h"], ["no_such_command"]],
)
def test_a_command_that_needs_no_services_starts_none(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "ensure", lambda: pytest.fail("it started the services"))
    manage.prepare(arguments)


def test_every_other_command_gets_its_services(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(users, "ensure", lambda: asked.append("services"))
    monkeypatch.setattr("config.prepare.prepare", lambda: asked.append("tables"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    manage.prepare(["migrate"])
    assert asked == ["services"]
    manage.prepare(["createsuperuser"])
    assert asked == ["services", "services", "tables"]


def test_the_tables_of_commands_name_only_commands_that_exist() -> None:
    named = {name for name in manage.NO_SERVICES | manage.BARE if not name.startswith("-")}
    assert named - set(get_commands()) <= {"help", "version"}


@pytest.mark.parametrize("text", ["0", "65536", "-1", "banana", "8000.5", "", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PORT is a number"):
        demo._asked(["--port", text])


def test_the_port_is_8000_unless_it_is_named() -> None:
    assert (demo._asked([]), demo._asked(["--port", "8001"])) == ((8000, ""), (8001, ""))
    assert demo._asked(["--port", "8001", "--llm", "standin"]) == (8001, "standin")
    with pytest.raises(ValueError, match="LLM is standin"):
        demo._asked(["--llm", "clever"])


def test_a_dead_link_is_found_and_a_living_one_is_not(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(
        "[good](other.md#part) [site](https://example.com) [here](#part) ![gone](gone.png)\n"
        "`[code](nowhere.md)` and [root](/README.md)\n\n[ref]: missing.md\n```\n[x](y.md)\n```\n"
    )
    (page.parent / "other.md").touch()
    (tmp_path / "README.md").touch()
    assert links.dead_links(tmp_path, [page]) == [
        "docs/page.md: gone.png leads nowhere",
        "docs/page.md: missing.md leads nowhere",
    ]
