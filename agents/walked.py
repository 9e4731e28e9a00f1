"""Which test has walked which edge in a real turn: a file that the suite writes and `make check` compares.

The file knows the version of each graph, so that it can't go on speaking of another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from .workflow import Edge, Workflow
from .workflows import WORKFLOWS

FILE: Final = Path(__file__).resolve().parent / "workflows" / "edges.json"
ROOT: Final = FILE.parent.parent.parent
MOST_TESTS: Final = 3
RENEW: Final = "Run `make edges` and commit the file."
Walked = dict[str, list[str]]  # edge → the tests that walk it
Book = dict[str, dict[str, Any]]  # workflow → {"version", "edges": Walked}


def key(edge: Edge) -> str:
    return f"{edge.source} --{edge.when}--> {edge.target}"


@lru_cache(maxsize=1)
def book() -> Book:
    """The committed file; empty when there is none."""
    return read(FILE)


def read(file: Path) -> Book:
    found: Book = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def seen_in(flow: Workflow, kept: Book | None = None) -> Walked:
    """Each edge of this graph with the tests that walk it; none when the file speaks of another version."""
    page = (book() if kept is None else kept).get(flow.name, {})
    known = page.get("edges", {}) if page.get("version") == flow.version else {}
    return {key(edge): list(known.get(key(edge), [])) for edge in flow.edges}


def untested(flow: Workflow, kept: Book | None = None) -> list[str]:
    return [edge for edge, tests in seen_in(flow, kept).items() if not tests]


def count(flows: Iterable[Workflow]) -> int:
    return sum(1 for flow in flows for tests in seen_in(flow).values() if tests)


# writing it -------------------------------------------------------------------------------------------------------


def renewed(
    notes: Iterable[tuple[str, str, str, str]], before: Book, flows: Mapping[str, Workflow] = WORKFLOWS
) -> Book:
    """The book with what a run of tests has noted: (workflow, version, edge, test). `before`: what is kept of an
    earlier run, where the edge is still there and its test too."""
    found: dict[tuple[str, str], set[str]] = {}
    for workflow, version, edge, test in notes:
        if workflow in flows and flows[workflow].version == version:
            found.setdefault((workflow, edge), set()).add(test)
    return {
        name: {"version": flow.version, "edges": merged(flow, found, before.get(name, {}))}
        for name, flow in sorted(flows.items())
    }


def merged(flow: Workflow, found: dict[tuple[str, str], set[str]], before: dict[str, Any]) -> Walked:
    old = before.get("edges", {})
    return {
        edge: sorted({*found.get((flow.name, edge), ()), *(t for t in old.get(edge, ()) if exists(t))})[:MOST_TESTS]
        for edge in map(key, flow.edges)
    }


def notes_in(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """What the processes of a test run have left there (tests/walking.py): a JSON list a line."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            workflow, version, edge, test = json.loads(line)
            yield workflow, version, edge, test


def written(pages: Book) -> str:
    """An edge a line, so that a difference can be read."""
    chapters = []
    for name, page in pages.items():
        rows = ",\n".join(f"   {json.dumps(edge)}: {json.dumps(tests)}" for edge, tests in page["edges"].items())
        chapters.append(f' {json.dumps(name)}: {{"version": {json.dumps(page["version"])}, "edges": {{\n{rows}\n }}}}')
    return "{\n" + ",\n".join(chapters) + "\n}\n"


# checking it ------------------------------------------------------------------------------------------------------


def problems(kept: Book, flows: Mapping[str, Workflow] = WORKFLOWS) -> list[str]:
    """One sentence for everything in which the file isn't of these graphs and these tests."""
    return [*strangers(kept, flows), *(problem for flow in flows.values() for problem in outdated(kept, flow))]


def strangers(kept: Book, flows: Mapping[str, Workflow]) -> Iterator[str]:
    for name in sorted(set(kept) - set(flows)):
        yield f"edges.json speaks of {name}, which is no workflow. {RENEW}"


def outdated(kept: Book, flow: Workflow) -> Iterator[str]:
    page = kept.get(flow.name)
    if page is None:
        yield f"edges.json says nothing of {flow.name}. {RENEW}"
    elif page["version"] != flow.version:
        yield f"edges.json speaks of {page['version']} of {flow.name}, which is {flow.version} now. {RENEW}"
    elif list(page["edges"]) != [key(edge) for edge in flow.edges]:
        yield f"edges.json lists other edges of {flow.name} than there are. {RENEW}"
    else:
        gone = sorted({test for tests in page["edges"].values() for test in tests if not exists(test)})
        if gone:
            yield f"edges.json names {gone[0]} at {flow.name}, and there is no such test. {RENEW}"


@lru_cache(maxsize=4096)
def exists(test: str) -> bool:
    """The test's file is there and defines it; its parameters aren't looked at."""
    file, _, name = test.partition("::")
    bare = name.partition("[")[0].rpartition("::")[2]
    return bool(bare) and re.search(rf"^\s*(?:async )?def {re.escape(bare)}\b", text_of(file), re.MULTILINE) is not None


@lru_cache(maxsize=256)
def text_of(file: str) -> str:
    path = ROOT / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""
