"""The shape of the house: layers, routes, tables, and promises that documents make."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, path

from conversations.access import Access, access

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["conversations", "knowledge", "tools", "approvals", "agents", "packs", "evals", "config"]


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":  # the stock admin asks for staff in every view by itself
                yield from routes(entry.url_patterns, where)
        else:
            yield where, entry


def undeclared(patterns: list[URLPattern | URLResolver]) -> list[str]:
    return [
        where for where, entry in routes(patterns) if not isinstance(getattr(entry.callback, "access", None), Access)
    ]


def test_every_route_declares_its_access() -> None:
    found = dict(routes(get_resolver().url_patterns))
    assert len(found) > 15
    assert undeclared(get_resolver().url_patterns) == []


def test_a_route_without_access_is_found() -> None:
    """The twin: the same walk names a view that declares nothing, and passes it once it does."""

    def bare(request: object) -> None: ...

    assert undeclared([path("leak/", bare)]) == ["leak/"]
    assert undeclared([path("leak/", access(Access.OPERATOR)(bare))]) == []


def test_the_layer_order_and_module_boundaries_hold() -> None:
    """S1-03, S1-06, D13: roles are modules with their own boundaries, proven by import-linter."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout


def test_a_lower_app_names_no_table_of_a_higher_one() -> None:
    wrong = []
    for level, app in enumerate(ORDER):
        higher = [a for a in ORDER[level + 1 :] if a not in ("config", "packs")]
        table = re.compile(rf"\b({'|'.join(higher)})_[a-z]+\b") if higher else None
        if table is None:
            continue
        for file in [*(ROOT / app).rglob("*.py"), *(ROOT / app).rglob("*.sql")]:
            for match in table.finditer(file.read_text()):
                wrong.append(f"{file.relative_to(ROOT)}: {match.group()}")
    assert wrong == []


def test_the_apps_know_no_word_of_the_demo_company() -> None:
    """The company lives in its pack; settings name it as a default of the demo."""
    words = re.compile(r"fernway|\bFW-\d|alice@|bob@", re.IGNORECASE)
    files = [
        f
        for app in ("conversations", "knowledge", "tools", "approvals", "agents", "evals")
        for f in (ROOT / app).rglob("*.*")
    ]
    wrong = [
        str(f.relative_to(ROOT)) for f in files if f.suffix in (".py", ".yaml", ".sql") and words.search(f.read_text())
    ]
    assert wrong == []


def test_no_signals_and_no_save_with_effects() -> None:
    """STYLE 8: what happens is visible where the verb is called."""
    pattern = re.compile(r"django\.db\.models\.signals|@receiver\(|\bpost_save\b|\bpre_save\b|def save\(self")
    apps = [a for a in ORDER if a != "packs"]
    wrong = [str(f.relative_to(ROOT)) for a in apps for f in (ROOT / a).rglob("*.py") if pattern.search(f.read_text())]
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/", "/help/", "/console/login/"])
def test_pages_are_sent_with_a_strict_policy(client: object, url: str) -> None:
    response = client.get(url)  # type: ignore[attr-defined]
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(rb"<script(?![^>]*\bsrc=)[^>]*>[^<]*\S[^<]*</script>|\son[a-z]+=|\sstyle=", response.content)
