"""The shop's service is another company's: it imports nothing of ours, and nothing of ours imports it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "packs" / "demo_shop" / "service"
APPS = ("config", "evals", "packs", "agents", "approvals", "tools", "knowledge", "conversations")
LIBRARIES = {"psycopg", "psycopg_pool", "pydantic", "starlette", "uvicorn"}


def imports(path: Path) -> Iterator[str]:
    """Every absolute module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield f"{node.module}"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_the_service_stands_on_its_own() -> None:
    files = list(SERVICE.rglob("*.py"))
    used = {name.split(".")[0] for path in files for name in imports(path)}
    assert len(files) > 10
    assert used - set(sys.stdlib_module_names) <= LIBRARIES
    assert "psycopg" in used


def test_nothing_imports_the_service() -> None:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if SERVICE not in path.parents]
    found = {str(path) for path in files for name in imports(path) if name.startswith("packs.demo_shop.service")}
    assert found == set()
    assert len(files) > 50


def test_the_apps_know_no_word_of_the_company() -> None:
    """DESIGN §7: a company lives in its pack."""
    words = ("fernway", "FW-", "packhorse", "swiftlane", "halden", "demo_shop")
    texts = {path: path.read_text(encoding="utf-8").lower() for path in (ROOT / "tools").rglob("*.py")}
    assert {str(path) for path, text in texts.items() if any(word.lower() in text for word in words)} == set()
