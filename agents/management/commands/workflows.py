"""`manage.py workflows list|graph|paths|certify|edges|signoff`: what the agent may do, from the code itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from agents import certificate, kits, routes, signing, walked
from agents.workflow import Workflow
from agents.workflows import WORKFLOWS
from conversations.command import BadInputError, HandrailCommand

VERBS = ("list", "graph", "paths", "certify", "edges", "signoff")
SHOWN = 5  # untested edges of one workflow


class Command(HandrailCommand):
    help = "List the workflows, draw one, list every path, prove their writes, or sign one off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")
        verbs = parser.add_subparsers(dest="verb", metavar="|".join(VERBS), required=True)
        for verb in VERBS:
            sub = verbs.add_parser(verb)
            sub.add_argument("--json", action="store_true", dest="as_json")
            if verb in ("graph", "paths", "signoff"):
                sub.add_argument("name", nargs="?" if verb == "paths" else None)
            if verb == "edges":
                sub.add_argument("--from", dest="folder", metavar="DIR", help="write the file from a run's notes")
                sub.add_argument("--keep", action="store_true", help="and keep what it said before")
            if verb == "signoff":
                sub.add_argument("--as", dest="user", metavar="USER", help="who signs: a user name")
                sub.add_argument("--note", metavar="TEXT", help="what was looked at, in a sentence; kept for good")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(options)

    def list(self, options: dict[str, Any]) -> None:
        rows = [summary(flow) for flow in kits.installed().values()]
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
        flows = [find(options["name"])] if options["name"] else list(kits.installed().values())
        found = {flow.name: routes.paths(flow) for flow in flows}
        for name, paths in found.items():
            for path in paths:
                self.stdout.write(f"{name}: {' → '.join(path)}")
        total = sum(map(len, found.values()))
        self.stdout.write(f"{total} paths in {len(found)} workflows")
        if options["as_json"]:
            self.emit({"n": total, "paths": found})

    def certify(self, options: dict[str, Any]) -> None:
        """Exit 1 when something isn't proved."""
        flows = list(kits.installed().values())
        found = certificate.of(flows)
        for flow, proven in zip(flows, found.proven, strict=True):
            self.show(flow, proven)
        for problem in found.problems:
            self.stdout.write(problem)
        counts = {**found.counts(), "edges_tested": walked.count(flows)}
        sizes = ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in counts.items())
        self.stdout.write(f"{'valid' if found.valid else 'NOT VALID'}: {sizes}")
        if options["as_json"]:
            self.emit({**counts, "valid": found.valid, "problems": found.problems})
        if not found.valid:
            sys.exit(1)

    def show(self, flow: Workflow, proven: certificate.Proven) -> None:
        missing = walked.untested(flow)
        writes = f"writes at {', '.join(proven.writes)}" if proven.writes else "writes nothing"
        tested = f"{proven.edges - len(missing)} of {proven.edges} edges tested"
        self.stdout.write(f"{flow.name:20} {proven.nodes:3} nodes  {proven.paths:3} paths  {tested}, {writes}")
        for edge in missing[:SHOWN]:
            self.stdout.write(f"{'':20} no test walks {edge}")
        if len(missing) > SHOWN:
            self.stdout.write(f"{'':20} and {len(missing) - SHOWN} more")

    def edges(self, options: dict[str, Any]) -> None:
        """Compare the file with the graphs; exit 1 when it isn't of these. With a run's notes: write it first."""
        if options["folder"]:
            self.renew(Path(options["folder"]), keep=options["keep"])
        kept = walked.read(walked.FILE)
        problems = walked.problems(kept)
        for problem in problems:
            self.stdout.write(problem)
        tested = sum(1 for flow in WORKFLOWS.values() for tests in walked.seen_in(flow, kept).values() if tests)
        every = sum(len(flow.edges) for flow in WORKFLOWS.values())
        self.stdout.write(f"{tested} of {every} edges are walked by a test.")
        if options["as_json"]:
            self.emit({"edges": every, "edges_tested": tested, "problems": problems})
        if problems:
            sys.exit(1)

    def renew(self, folder: Path, *, keep: bool) -> None:
        notes = list(walked.notes_in(folder))
        if not notes:
            raise BadInputError(f"No test has noted an edge in {folder}. Run the tests with HANDRAIL_EDGES={folder}.")
        walked.FILE.write_text(walked.written(walked.renewed(notes, walked.read(walked.FILE) if keep else {})))

    def signoff(self, options: dict[str, Any]) -> None:
        flow = find(options["name"])
        if not options["user"] or not options["note"]:
            raise BadInputError(f"Say who and what was looked at: workflows signoff {flow.name} --as USER --note TEXT.")
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise BadInputError(f"Nobody has the user name {options['user']}.")
        try:
            row = signing.sign(flow, user, options["note"])
        except signing.CantSignError as error:
            raise BadInputError(str(error)) from error
        self.stdout.write(str(row))
        if options["as_json"]:
            self.emit({"workflow": flow.name, "version": row.version, "by": row.by, "role": row.role, "at": row.at})


def find(name: str) -> Workflow:
    known = kits.installed()
    if name not in known:
        raise BadInputError(f"There is no workflow {name!r}. `manage.py workflows list` names them.")
    return known[name]


def summary(flow: Workflow) -> dict[str, Any]:
    return {
        "name": flow.name,
        "title": flow.title,
        "version": flow.version,
        "nodes": len(flow.nodes),
        "edges": len(flow.edges),
        "paths": len(routes.paths(flow)),
        "ends": flow.ends,
    }
