"""Promises become tests: what the documents name exists, and what exists in these kinds is named (STYLE 35)."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class
from django.urls import Resolver404, resolve

from agents import caps, handing
from agents.escalation import HARD, PREDICATES
from agents.intents import taxonomy
from agents.intents.taxonomy import HANDOFF as HANDED_OVER
from agents.voice import lines as voice_lines
from agents.workflow import DONE, HANDOFF
from agents.workflows import WORKFLOWS
from config import demo, links, logs, seed
from config.product import DEFAULTS
from conversations.channels import CHANNELS
from conversations.faults import POINTS
from conversations.logs import Log
from tools import pack
from tools.contract import Proof
from tools.registry import CAPABILITIES

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "evals", "packs", "agents", "approvals", "tools", "knowledge", "conversations")
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
DOCUMENTS = [README, CONTRIBUTING, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NAMES = [document.relative_to(ROOT).as_posix() for document in DOCUMENTS]


def text_of(document: str | Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def section(document: Path, heading: str) -> str:
    """The text below a heading, up to the next heading of the same level or a higher one."""
    level = len(heading) - len(heading.lstrip("#"))
    text = text_of(document).split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{level}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of each table row, the headings left out."""
    found = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in found]
    return [
        row for i, row in enumerate(cells) if not is_ruler(row) and not (i + 1 < len(cells) and is_ruler(cells[i + 1]))
    ]


def is_ruler(row: list[str]) -> bool:
    return all(re.fullmatch(r"-+", cell) for cell in row)


@cache
def trees() -> dict[Path, ast.Module]:
    files = [ROOT / "manage.py", *(file for app in APPS for file in (ROOT / app).rglob("*.py"))]
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or method with one of these names in our own code."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in names:
                    yield file, node


def first_word(node: ast.Call) -> str | None:
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


# Commands.


def unknown_commands(text: str) -> set[str]:
    return set(re.findall(r"manage\.py ([a-z_]+)", text)) - set(get_commands())


@pytest.mark.parametrize("document", NAMES)
def test_every_command_that_a_document_names_exists(document: str) -> None:
    assert unknown_commands(text_of(document)) == set()


def test_an_unknown_command_is_found() -> None:
    assert unknown_commands("Run `manage.py seeed`, then `manage.py chat`.") == {"seeed"}


def test_every_command_of_ours_stands_in_the_readme() -> None:
    ours = {name for name, app in get_commands().items() if app in APPS}
    assert ours >= {"chat", "shop"}
    assert ours <= set(re.findall(r"`manage\.py ([a-z_]+)", section(README, "## Commands")))


def wrong_usages(text: str) -> list[str]:
    """Command lines of a table that the command itself would refuse, and options that it doesn't have."""
    wrong = []
    for row in rows(text):
        usages = [shlex.split(code.removeprefix("manage.py ")) for code in CODE.findall(row[0]) if "manage.py" in code]
        for name, *arguments in usages:
            parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
            try:
                parser.parse_args(arguments)
            except CommandError as error:
                wrong.append(f"{name} {arguments}: {error}")
            said = set(re.findall(r"`(--[a-z-]+)", row[1]))
            wrong += [f"{name} has no {option}" for option in said - set(parser._option_string_actions)]
    return wrong


def test_commands_are_used_as_the_readme_writes_them() -> None:
    assert wrong_usages(section(README, "## Commands")) == []


def test_a_wrong_usage_is_found() -> None:
    assert len(wrong_usages("| `manage.py shop burn` | `--never` |\n| `manage.py chat --to X` | |")) == 3


def make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.+)$", text_of("Makefile"), re.MULTILINE)
    assert phony
    return set(phony.group(1).split())


def named_targets(text: str) -> set[str]:
    in_fences = "\n".join(FENCE.findall(text))
    return set(re.findall(r"`make ([a-z_]+)", text)) | set(re.findall(r"^make ([a-z_]+)", in_fences, re.MULTILINE))


@pytest.mark.parametrize("document", NAMES)
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    assert named_targets(text_of(document)) <= make_targets()


def test_every_make_target_stands_in_the_readme() -> None:
    assert named_targets(text_of(README)) == make_targets()


def test_a_missing_target_would_be_seen() -> None:
    assert named_targets("`make tea`\n```sh\nmake coffee  # hot\n```\nmake haste") == {"tea", "coffee"}


# Settings.


def read_variables() -> dict[str, str]:
    """Environment variables that our code reads or passes on, with their default where it is a plain text."""
    found = {
        name: "" for file, tree in trees().items() if file.is_relative_to(ROOT / "config") for name in own_names(tree)
    }
    for _, node in calls("get", "getenv"):
        name = first_word(node)
        if name is not None and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
            default = node.args[1] if len(node.args) > 1 else None
            plain = default.value if isinstance(default, ast.Constant) and isinstance(default.value, str) else ""
            found[name] = found.get(name) or plain
    return found


def own_names(tree: ast.Module) -> set[str]:
    words = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {word for word in words if re.fullmatch(r"HANDRAIL_[A-Z_]+", word)}


def documented_variables() -> dict[str, str]:
    return {CODE.findall(row[0])[0]: row[1] for row in rows(section(README, "## Settings"))}


def test_every_variable_that_is_documented_is_read() -> None:
    assert len(documented_variables()) > 15
    assert set(documented_variables()) - set(read_variables()) == set()


def test_every_variable_of_ours_is_documented() -> None:
    ours = {name for name in read_variables() if name.startswith(("HANDRAIL_", "SHOP_"))}
    assert len(ours) > 15
    theirs = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"}
    assert ours | theirs == set(documented_variables())


def test_documented_defaults_are_those_of_the_code() -> None:
    documented, read = documented_variables(), read_variables()
    plain = {name: default for name, default in read.items() if default and name in documented}
    assert set(plain) >= {"HANDRAIL_HOSTS", "HANDRAIL_DB_POOL", "HANDRAIL_BRAND", "HANDRAIL_LOG"}
    assert {name: CODE.findall(documented[name]) for name in plain} == {
        name: [default] for name, default in plain.items()
    }


def test_the_levels_of_the_log_are_the_documented_ones() -> None:
    [row] = [row for row in rows(section(README, "## Settings")) if "HANDRAIL_LOG" in row[0]]
    assert set(logs.LEVELS) == set(CODE.findall(row[2]))


@pytest.mark.parametrize("document", NAMES)
def test_no_document_names_a_variable_that_nothing_reads(document: str) -> None:
    named = set(re.findall(r"\b(?:HANDRAIL|SHOP)_[A-Z_]+\b", text_of(document)))
    named |= set(re.findall(r"`(?:make \w+ )?([A-Z]+)=\S", text_of(document)))
    assert named - set(read_variables()) <= set(
        re.findall(r"(?:^|\$\()([A-Z]+)(?: \?=|\),)", text_of("Makefile"), re.MULTILINE)
    )


def test_every_product_default_is_documented_with_its_value() -> None:
    table = rows(section(ROOT / "docs/operations.md", "## Product defaults"))
    assert {CODE.findall(key)[0]: int(value) for key, value, _ in table} == DEFAULTS


# Places.

PATH = re.compile(
    rf"(?<![\w/])((?:{'|'.join(APPS)}|tests|docs|templates|static|requirements)/[\w./-]+\.\w+)(?:::(\w+))?"
)


def missing_places(text: str) -> list[str]:
    """Files that a text names and that aren't there, and tests that their file doesn't define."""
    missing = []
    for path, test in PATH.findall(text):
        file = ROOT / path
        if not file.exists():
            if "NAME" not in path:
                missing.append(path)
        elif test and not re.search(rf"^def {test}\(", text_of(path), re.MULTILINE):
            missing.append(f"{path}::{test}")
    return missing


@pytest.mark.parametrize("document", NAMES)
def test_every_file_and_test_that_a_document_names_exists(document: str) -> None:
    assert missing_places(" ".join(CODE.findall(text_of(document)))) == []


def test_which_rule_where_leads_to_a_file_and_a_test() -> None:
    table = rows(section(README, "## Which rule, where?"))
    assert len(table) >= 30
    assert len({question for question, _, _ in table}) == len(table)
    for question, file, test in table:
        assert question.endswith("?")
        assert all((ROOT / path).is_file() for path in CODE.findall(file)), question
        assert CODE.findall(file), question
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`", test), question
        assert missing_places(test) == []


def test_a_missing_place_is_found() -> None:
    here = "tests/test_docs.py"
    assert missing_places(f"agents/nowhere.py {here}::test_of_nothing {here}::test_a_missing_place_is_found") == [
        "agents/nowhere.py",
        f"{here}::test_of_nothing",
    ]


def headings(document: Path) -> set[str]:
    """Anchors as they are made from headings: lower case, no punctuation, dashes for spaces."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(document)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def dead_anchors(document: Path, text: str) -> list[str]:
    dead = []
    for path, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", text):
        target = (document.parent / path).resolve() if path else document
        if anchor not in headings(target):
            dead.append(f"{path}#{anchor}")
    return dead


def test_every_link_leads_somewhere() -> None:
    assert links.dead_links(ROOT, DOCUMENTS) == []
    assert [anchor for document in DOCUMENTS for anchor in dead_anchors(document, text_of(document))] == []


def test_what_people_wrote_is_read_and_what_was_made_here_is_not(tmp_path: Path) -> None:
    for name in ("README.md", "docs/a.md", "var/run.md", ".venv/lib/b.md", "pack/articles/returns.md", "docs/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("[gone](nowhere.md)")
    found = links.documents(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["README.md", "docs/a.md"]
    assert links.dead_links(tmp_path, found) == [
        "README.md: nowhere.md leads nowhere",
        "docs/a.md: nowhere.md leads nowhere",
    ]
    assert set(DOCUMENTS) <= set(links.documents(ROOT))


def test_a_dead_anchor_is_found() -> None:
    text = "[good](README.md#which-rule-where) [gone](README.md#which-rule-when) [here](#recipes)"
    assert dead_anchors(CONTRIBUTING, text) == ["README.md#which-rule-when"]


def test_every_document_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)#\s:]+)", text_of(README)))
    others = {name for name in NAMES if not name.startswith(("README", "docs/adr/"))}
    assert others <= linked
    assert "docs/house.svg" in linked


def test_decisions_are_numbered_without_gaps_and_say_what_decided() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]
    for n, path in enumerate(decisions, 1):
        assert text_of(path).startswith(f"# {n}. ")
        assert all(f"**{part}**" in text_of(path) for part in ("Decided.", "The probe.", "What it costs.")), path.name


# The demo.


def broken_addresses(text: str) -> list[str]:
    broken = []
    for port, path in re.findall(r"<http://127\.0\.0\.1:(\d+)(/[^>]*)>", text):
        try:
            resolve(path)
        except Resolver404:
            broken.append(path)
        if int(port) != demo.DEFAULT_PORT:
            broken.append(f":{port}")
    return broken


def test_addresses_of_the_demo_are_routes() -> None:
    assert broken_addresses(text_of(README)) == []
    assert broken_addresses("<http://127.0.0.1:8001/nowhere/>") == ["/nowhere/", ":8001"]
    assert set(demo.PAGES.values()) <= set(re.findall(r"<http://127\.0\.0\.1:8000(/[^>]*)>", text_of(README)))


def test_sign_ins_of_the_demo_are_those_of_the_seed() -> None:
    said = text_of(README).split("## ", 1)[0]
    for username, password, *_ in seed.PEOPLE:
        assert f"`{username}`" in said
        assert f"`{password}`" in said


# What the agent can do.


def test_every_capability_is_documented_with_the_proof_that_it_needs() -> None:
    said = {
        Proof.ORDER_AND_CONTACT: "order and contact",
        Proof.SIGNED_IN: "signed in",
        Proof.ONE_TIME_CODE: "one-time code",
    }
    table = {
        CODE.findall(name)[0]: proof
        for name, proof in rows(section(ROOT / "docs/identity.md", "## What each asks for"))
    }
    assert table == {name: said.get(one.proof, "none") for name, one in CAPABILITIES.items()}
    assert len(set(table.values())) == 4


def reasons_of(name: str) -> set[str]:
    return {end.removeprefix(HANDOFF) for end in WORKFLOWS[name].ends if end != DONE}


def test_every_workflow_is_documented_with_the_reasons_it_may_end_with() -> None:
    table = rows(section(ROOT / "docs/turn.md", "## Why a person takes over"))
    assert {CODE.findall(name)[0]: set(CODE.findall(reasons)) for name, reasons in table} == {
        name: reasons_of(name) for name in WORKFLOWS
    }


def test_the_escalation_list_is_documented_in_its_order() -> None:
    said = section(ROOT / "docs/turn.md", "## Why a person takes over")
    assert re.findall(r"^\d+\. `([a-z-]+)`$", said, re.MULTILINE) == [name for name, _, _ in PREDICATES]
    assert "The first fifteen" in said
    assert len(HARD) == 15


def test_every_cap_is_documented_with_its_product_default() -> None:
    said = section(ROOT / "docs/turn.md", "## What a turn may take")
    assert {CODE.findall(reason)[0]: CODE.findall(key)[0] for reason, key, _ in rows(said)} == caps.CAPS
    assert f"`{caps.LOOP}`" in said
    assert set(re.findall(r"`(max_\w+)`", said)) <= set(DEFAULTS)


# What isn't understood, an answer that was none, and what every handed-over intent has prepared for its person.
WITHOUT_INTENT = {"unknown", "unhelped", "prepare"}


def test_every_workflow_serves_an_intent() -> None:
    """And every intent names a workflow that exists, or says that a person carries it out."""
    company = pack.active().intents
    named = {intent.workflow for intent in taxonomy.load(*[path for path in (company,) if path.exists()]).intents}
    assert named == (set(WORKFLOWS) - WITHOUT_INTENT) | {HANDED_OVER}


def lines_said() -> dict[str, str]:
    """Keys of the voice that code names outright, with the file that does."""
    agents = ((file, node) for file, node in calls("say", "ask") if file.is_relative_to(ROOT / "agents"))
    said = {key: file.name for file, node in agents if (key := first_word(node))}
    return said | dict.fromkeys([*handing.LINES.values(), handing.OTHERWISE], "handing.py")


def test_every_line_that_a_workflow_says_is_written() -> None:
    said = lines_said()
    assert len(said) > 20
    assert {key: file for key, file in said.items() if key not in voice_lines().table} == {}


def test_every_channel_is_documented() -> None:
    [line] = [line for line in text_of(CONTRIBUTING).splitlines() if "the channels are" in line]
    assert CODE.findall(line) == list(CHANNELS)


# What is logged and what is broken on purpose.


def test_every_log_event_is_documented_with_its_fields() -> None:
    table = rows(section(ROOT / "docs/operations.md", "## Logs"))
    assert {CODE.findall(name)[0]: tuple(fields.split(", ")) for name, fields, _ in table} == {
        event.name.lower(): event.value[1] for event in Log
    }


def test_what_is_not_logged_yet_is_said() -> None:
    table = rows(section(ROOT / "docs/operations.md", "## Logs"))
    written = {ast.unparse(node.args[0]).removeprefix("Log.").lower() for _, node in calls("log") if node.args}
    waiting = {CODE.findall(name)[0] for name, _, remark in table if remark == "not written yet"}
    assert {event.name.lower() for event in Log} - written == waiting


def test_every_fault_point_is_documented_and_reached_from_code() -> None:
    reached = [first_word(node) for _, node in calls("failpoint")]
    table = rows(section(ROOT / "docs/operations.md", "## When something fails").split("| fault point |")[1])
    documented = [CODE.findall(name)[0] for name, _ in table]
    assert sorted(filter(None, reached)) == sorted(POINTS) == sorted(documented)


# Words.

FORBIDDEN = re.compile(
    r"\bsessions?\b|\bassistants?\b|\bchatbots?\b|\bco-authored\b|\bchatgpt\b|\bclaude\b|\bcopilot\b"
    r"|\b(?:issue|ticket|pull request|pr) ?#?\d+\b|(?<![\w&`])#\d{1,5}\b|/(?:work|tmp|home|root)/|\bTODO\b|\bFIXME\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("document", [*NAMES, "LICENSE", "docs/house.svg"])
def test_a_document_speaks_of_the_project_alone(document: str) -> None:
    """Nobody's workplace, nobody's tools, no numbers of a tracker."""
    assert FORBIDDEN.findall(text_of(document)) == []


@pytest.mark.parametrize(
    "text", ["in this session", "An assistant wrote it", "see #12", "issue 7", "in /tmp/x", "PR #3"]
)
def test_a_forbidden_word_is_found(text: str) -> None:
    assert FORBIDDEN.search(text)
