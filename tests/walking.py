"""With HANDRAIL_EDGES=DIR each edge that a real turn takes is noted there, with the test that had it taken (make edges).

A turn counts when the runner has ended it and stored its rows; a test when it has passed. Every process writes its own
file, so that workers don't meet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = os.environ.get("HANDRAIL_EDGES", "")
_taken: set[tuple[str, str, str]] = set()  # (workflow, version, edge) since the test began
_watched: list[Callable[..., Any]] = []


def pytest_runtest_setup(item: pytest.Item) -> None:
    _taken.clear()
    if FOLDER and not _watched:
        watch()


def watch() -> None:
    """Look over the runner's shoulder where it ends a turn."""
    from agents import kits, runner

    end = runner.end
    _watched.append(end)

    def watching(work: Any, draft: Any, ports: Any, began: float) -> bool:
        more = end(work, draft, ports, began)
        _taken.update(edges(ports.steps, kits.load(work.release).workflows))
        return more

    runner.end = watching


def edges(steps: list[Any], flows: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The edges of a turn's steps, under the versions of the graphs that it ran with."""
    for step in steps:
        if step.kind == "node" and "edge" in step.data and step.data["workflow"] in flows:
            flow = flows[step.data["workflow"]]
            yield flow.name, flow.version, f"{step.name} --{step.data['edge']}--> {step.data['to']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if FOLDER and call.when == "call" and report.passed and _taken:
        note(Path(FOLDER), item.nodeid)
    return report


def note(folder: Path, test: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (folder / f"{worker}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps([*edge, test]) + "\n" for edge in sorted(_taken))
