"""`manage.py workflows list|graph|paths`: what the agent may do, from the code itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from agents.workflow import Workflow
from agents.workflows import WORKFLOWS
from conversations.command import BadInputError, HandrailCommand


class Command(HandrailCommand):
    help = "List the workflows, draw one, or count every path."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")
        verbs = parser.add_subparsers(dest="verb", metavar="list|graph|paths", required=True)
        for verb in ("list", "graph", "paths"):
            sub = verbs.add_parser(verb)
            sub.add_argument("--json", action="store_true", dest="as_json")
            if verb != "list":
                sub.add_argument("name", nargs="?" if verb == "paths" else None)

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(options)

    def list(self, options: dict[str, Any]) -> None:
        rows = [summary(flow) for flow in WORKFLOWS.values()]
        for row in rows:
            size = ", ".join(f"{row[what]} {what}" for what in ("nodes", "edges", "paths"))
            self.stdout.write(f"{row['name']:18} {row['version']}  {row['title']}: {size}")
        if options["as_json"]:
            self.emit({"workflows": rows})

    def graph(self, options: dict[str, Any]) -> None:
        flow = find(options["name"])
        self.stdout.write(flow.mermaid())
        if options["as_json"]:
            nodes = [
                {"name": n.name, "kind": n.kind, "does": n.does, "reads": n.reads, "writes": n.writes, "tools": n.tools}
                for n in flow.nodes
            ]
            rows = [{"source": e.source, "when": e.when, "target": e.target} for e in flow.edges]
            self.emit(
                {**summary(flow), "start": flow.start, "ends": flow.ends, "graph": {"nodes": nodes, "edges": rows}}
            )

    def paths(self, options: dict[str, Any]) -> None:
        flows = [find(options["name"])] if options["name"] else list(WORKFLOWS.values())
        found = {flow.name: flow.paths() for flow in flows}
        for name, paths in found.items():
            for path in paths:
                self.stdout.write(f"{name}: {' → '.join(path)}")
        total = sum(map(len, found.values()))
        self.stdout.write(f"{total} paths in {len(found)} workflows")
        if options["as_json"]:
            self.emit({"n": total, "paths": found})


def find(name: str) -> Workflow:
    if name not in WORKFLOWS:
        raise BadInputError(f"There is no workflow {name!r}. `manage.py workflows list` names them.")
    return WORKFLOWS[name]


def summary(flow: Workflow) -> dict[str, Any]:
    return {
        "name": flow.name,
        "title": flow.title,
        "version": flow.version,
        "nodes": len(flow.nodes),
        "edges": len(flow.edges),
        "paths": len(flow.paths()),
        "ends": flow.ends,
    }
