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


# Settings name the company of the demo; nothing else outside its pack may.
NAMES_IT = {
    "config/settings.py": {"Fernway", "demo_shop"},
    "config/embedded/shop.py": {"demo_shop"},
}
READABLE = {".py", ".yaml", ".sql", ".html", ".js", ".css", ".svg", ".md", ".txt", ".toml"}


def words_of_the_demo_company() -> re.Pattern[str]:
    """Its brand, its goods, its partners, its carriers, its order numbers, and the package itself."""
    folder = ROOT / "packs" / "demo_shop"
    catalogue = (folder / "service" / "demo" / "catalogue.py").read_text(encoding="utf-8")
    goods = re.findall(r'_product\(\d+, "\w+", "([^"]+)"', catalogue)
    partners = re.findall(r'^    "([^"]+)": [A-Z]+,$', catalogue, re.MULTILINE)
    carriers = re.findall(r'^    "(\w+)": "https://', (folder / "capabilities.py").read_text(), re.MULTILINE)
    assert (len(goods) > 30, len(partners) > 3, len(carriers) > 1) == (True, True, True)
    names = "|".join(map(re.escape, [*goods, *partners, *carriers]))
    return re.compile(rf"\b(?:{names}|(?i:Fernway|Hearth|demo_shop))\b|\b(?i:FW)-\w*")


def words_found(text: str) -> set[str]:
    return set(words_of_the_demo_company().findall(text))


def test_the_apps_know_no_word_of_the_demo_company() -> None:
    folders = ("config", "conversations", "knowledge", "tools", "approvals", "agents", "evals", "templates", "static")
    files = [f for name in folders for f in sorted((ROOT / name).rglob("*")) if f.suffix in READABLE]
    assert len(files) > 300
    found = {str(f.relative_to(ROOT)): words_found(f.read_text(encoding="utf-8")) for f in files}
    assert {name: words for name, words in found.items() if words} == NAMES_IT


def test_no_app_names_a_customer_of_the_demo() -> None:
    apps = ("conversations", "knowledge", "tools", "approvals", "agents", "evals")
    files = [f for app in apps for f in (ROOT / app).rglob("*.*") if f.suffix in READABLE]
    assert [f.name for f in files if re.search(r"\b(?:alice|bob)@", f.read_text(encoding="utf-8"))] == []


def test_a_word_of_the_demo_company_is_found() -> None:
    text = "from packs.demo_shop import rules; 'FW-10482' by Swiftlane, the Tarn Enamel Kettle from Lumen Loft"
    assert words_found(text) == {"demo_shop", "FW-10482", "Swiftlane", "Tarn Enamel Kettle", "Lumen Loft"}
    assert words_found("a lamp of order A-1, at home") == set()


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


HOOK = re.compile(r"^\s*def (pytest_\w+)|^from .* import .*\b(pytest_\w+)|^__all__ = .*\"(pytest_\w+)\"", re.MULTILINE)


def hooks(text: str) -> list[str]:
    return [name for names in HOOK.findall(text) for name in names if name]


def test_hooks_stand_where_pytest_calls_them() -> None:
    """In a test's module none is called, and what it should end outlives the session: a shop did."""
    modules = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != "test_house.py"]
    assert {path.name: hooks(path.read_text()) for path in modules if hooks(path.read_text())} == {}
    assert hooks((ROOT / "tests/conftest.py").read_text()).count("pytest_sessionfinish") == 1


def test_a_hook_in_a_test_s_module_is_found() -> None:
    assert hooks("from tests.shop import pytest_sessionfinish, shop\n") == ["pytest_sessionfinish"]
    assert hooks("def pytest_runtest_setup(item): ...\n") == ["pytest_runtest_setup"]
    assert hooks("import pytest\nfrom pytest_django import asserts\n") == []
