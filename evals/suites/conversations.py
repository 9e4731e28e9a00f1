"""Whole conversations as a customer has them, with people at the other side, judged by what stands in the end.

A case is a JSON object a line: who writes (`as`: an e-mail address, `null` for a visitor), `setup`, `lines`, `end`.
What was said is judged by patterns; what was done by the company's own ledger and records, in full: what isn't named
there mustn't have happened. In a scratch house with scratch systems alone.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Literal

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents import by_operator, changing, runner
from approvals import asking, cases, deciding, ladder
from approvals.cases import Asker
from approvals.models import ApprovalRequest
from conversations import identity, inbox, lifecycle
from conversations.access import SYSTEM
from conversations.channels import web
from conversations.clock import business_now
from conversations.command import BadInputError
from conversations.models import Conversation, Customer, Message
from evals.rows import rows_of
from knowledge import ingest
from knowledge.articles import archive
from knowledge.models import Article
from knowledge.seed import SOURCE
from tools import breaker, pack, writes
from tools.contract import Proof
from tools.models import Breaker, Effect
from tools.pack import Operations

from .actions import company, difference
from .carrying_out import House

ROUNDS: Final = 4  # looks of the sweeper behind what people did: one for the effect, one for telling it
FIRST: Final = 2000  # the number of the first order that a case has made for it
CODE: Final = "{code}"
DIGITS: Final = re.compile(r"\b[0-9]{6}\b")
Pattern = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Copy(Strict):
    """An order of its own for the case: like this one, at this price a line, in cents."""

    like: str
    cents: Annotated[int, Field(gt=0)]


class Setup(Strict):
    """`orders`: names of copies, written {name} in what follows, {name.email} for its buyer. `articles`: slug →
    Markdown that stands instead of or beside the seeded ones. `faults`: a script for the company's systems. `clock`:
    ISO 8601."""

    orders: dict[str, Copy] = {}
    articles: dict[str, str] = {}
    faults: str = ""
    clock: str = ""


class Act(Strict):
    """What somebody at the other side does. `who`: operator, billing_specialist, manager or a second one. `told`: what
    the customer may know of a no. `keep`: the lines that are approved with a change. `args` of `capability`: a write of
    their own, in a conversation that they have taken over."""

    who: Literal["operator", "billing_specialist", "manager", "manager_2"] = "operator"
    do: Literal["approve", "reject", "reject_and_take_over", "change", "ask", "take_over", "write"]
    reason: str = "looked at it"
    told: str = ""
    keep: tuple[str, ...] = ()
    capability: str = ""
    args: dict[str, Any] = {}


class Line(Strict):
    """`expect` and `never` are searched for in all that is said back, after the operators have acted as well. {code} is
    the one that was mailed last."""

    say: str
    expect: tuple[Pattern, ...] = ()
    never: tuple[Pattern, ...] = ()
    operators: tuple[Act, ...] = ()
    then: tuple[Pattern, ...] = ()  # expected behind what the operators did


class End(Strict):
    """`asked`: the endpoints of the company's ledger, in order. `changed`: "kind/id" → path in the record → value.
    `account`: path in the account as the company's systems show it in the end → value. `writes`: "capability: how its
    effect ended", in order. `reason`: that of the last handoff."""

    status: Literal["active", "escalated", "human", "resolved", "closed"] | None = None
    reason: str | None = None
    writes: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    changed: dict[str, dict[str, Any]] = {}
    account: dict[str, Any] = {}


class Case(Strict):
    id: str
    customer: Annotated[str | None, Field(alias="as")]
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    setup: Setup = Setup()
    end: End = End()


def run(file: Path) -> dict[str, Any]:
    """{n, passed, results: [{id, passed, why}]}; `why` says everything that was otherwise, in one sentence each."""
    cases = [case_of(row, file) for row in rows_of(file, ("id", "as", "lines"))]
    twice = sorted({one.id for one in cases if sum(other.id == one.id for other in cases) > 1})
    if twice:
        raise BadInputError(f"{file.name} has {twice[0]} twice; an id stands for one case.")
    call_command("seed", verbosity=0)
    stage = Stage(company())
    results = [{"id": case.id, "passed": not (why := stage.play(case)), "why": "; ".join(why)} for case in cases]
    return {"n": len(results), "passed": sum(bool(one["passed"]) for one in results), "results": results}


def case_of(row: dict[str, Any], file: Path) -> Case:
    try:
        case = Case.model_validate_json(json.dumps(row))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInputError(f"{file.name}, {row.get('id')}: {where}: {first['msg']}.") from error
    for line in case.lines:
        for pattern in (*line.expect, *line.never, *line.then):
            try:
                re.compile(pattern)
            except re.error as error:
                raise BadInputError(f"{file.name}, {case.id}: {pattern!r} is no pattern: {error}.") from error
    return case


class Stage:
    """The scratch house: its systems, its people, and what has to be forgotten before the next case."""

    def __init__(self, operations: Operations) -> None:
        self.operations, self.house = operations, House()
        self.people = {name: person(name) for name in ("operator", "billing_specialist", "manager", "manager_2")}
        self.made = 0

    def play(self, case: Case) -> list[str]:
        """Everything that was otherwise than the case says; a case that breaks off says where."""
        try:
            with self.prepared(case) as named:
                return Scene(self, case, named).played()
        except BadInputError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it is what the exam looks for
            return [f"it broke off: {type(error).__name__}: {error}"]

    @contextmanager
    def prepared(self, case: Case) -> Iterator[dict[str, str]]:
        self.operations.reset()
        self.house.forget()
        Breaker.objects.all().delete()
        breaker.forget()
        named = self.copied(case)
        with at(case.setup.clock), faulted(case.setup.faults), written(case.setup.articles):
            yield named

    def copied(self, case: Case) -> dict[str, str]:
        named: dict[str, str] = {}
        for name, copy in case.setup.orders.items():
            if self.operations.copies is None:
                raise BadInputError(f"{case.id}: the pack {pack.active().name!r} can't copy orders.")
            (made,) = self.operations.copies(copy.like, FIRST + self.made, [copy.cents])
            self.made += 1
            named |= {name: made["order"], f"{name}.email": made["email"], f"{name}.customer": made["customer"]}
        return named


def person(name: str) -> User:
    user, _ = User.objects.get_or_create(username=f"exam-{name}", defaults={"is_staff": True, "first_name": name})
    role = name.removesuffix("_2")
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group, one in ladder.GROUPS.items() if one == role])
    return user


@contextmanager
def at(moment: str) -> Iterator[None]:
    """Business time of the scratch database, for every connection to it."""
    if not moment:
        yield
        return
    try:
        when = datetime.fromisoformat(moment)
    except ValueError as error:
        raise BadInputError(f"{moment!r} is no moment; write it like 2026-11-20T09:00:00+00:00.") from error
    options = connection.settings_dict["OPTIONS"]
    before = options.get("options", "")
    start_anew(f"{before} -c handrail.now={when.isoformat()}")
    try:
        yield
    finally:
        start_anew(before)


def start_anew(options: str) -> None:
    """Let every connection from here on begin with these settings."""
    connection.settings_dict["OPTIONS"]["options"] = options
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of the Postgres backend


@contextmanager
def written(articles: dict[str, str]) -> Iterator[None]:
    """With these articles, in the files' own form; the pack's own come back behind it, and what was added goes."""
    if not articles:
        yield
        return
    known = set(Article.objects.values_list("slug", flat=True))
    with TemporaryDirectory() as folder:
        for slug, text in articles.items():
            (Path(folder) / f"{slug}.md").write_text(text, encoding="utf-8")
        report = ingest.load_folder(folder, SOURCE)
    if report.skipped:
        raise BadInputError(f"The article {report.skipped[0][0]} can't be used: {report.skipped[0][1]}")
    try:
        yield
    finally:
        for article in Article.objects.exclude(slug__in=known).exclude(status=Article.Status.ARCHIVED):
            archive(article.pk, SYSTEM, "exam")
        ingest.load_folder(pack.active().articles, SOURCE)


@contextmanager
def faulted(script: str) -> Iterator[None]:
    before, settings.SHOP_FAULTS = settings.SHOP_FAULTS, script
    try:
        yield
    finally:
        settings.SHOP_FAULTS = before


class Scene:
    """One case under way."""

    def __init__(self, stage: Stage, case: Case, named: dict[str, str]) -> None:
        self.stage, self.case, self.named = stage, case, named
        self.before = stage.operations.dump()
        self.customer = self.writer()
        self.talk: Conversation | None = None

    def writer(self) -> Customer:
        if self.case.customer is None:
            return Customer.objects.create()
        address = self.filled(self.case.customer)
        account = pack.active().find_customer(address)
        if account is None:
            raise BadInputError(f"{self.case.id}: no customer has the address {address}.")
        known = identity.Known(account.customer_id, account.email, f"{account.first_name} {account.last_name}")
        pk = identity.customer(known)
        Customer.objects.filter(pk=pk).update(tier=account.tier)
        return Customer.objects.get(pk=pk)

    def filled(self, text: str, quote: Callable[[str], str] = str) -> str:
        """With the names of the case's own orders, and the code that was mailed last."""
        for name, value in self.named.items():
            text = text.replace(f"{{{name}}}", quote(value))
        return text.replace(CODE, self.code()) if CODE in text else text

    def code(self) -> str:
        mails = self.stage.operations.mails
        if mails is None:
            raise BadInputError(f"{self.case.id}: the pack {pack.active().name!r} can't show what was mailed.")
        found = (DIGITS.search(mail["body"]) for mail in mails(str(self.customer.external_ref)))
        code = next((one[0] for one in found if one), None)
        if code is None:
            raise LookupError("no code was mailed")
        return code

    def played(self) -> list[str]:
        wrong: list[str] = []
        for line in self.case.lines:
            said = self.say(line)
            wrong += self.unlike(line.say, said, line.expect, line.never)
            if line.operators:
                after = self.last_seq()
                for act in line.operators:
                    self.act(act)
                self.settle()
                wrong += self.unlike(f"{line.say} (and then)", self.heard(after), line.then, line.never)
        return [*wrong, *self.ended()]

    def say(self, line: Line) -> str:
        frame = {"client_id": uuid.uuid4().hex, "text": self.filled(line.say)}
        received = inbox.receive(web.adapt(frame, self.customer.pk, self.talk.public_id if self.talk else None))
        runner.work_until_quiet(received.conversation_id)
        self.talk = Conversation.objects.get(pk=received.conversation_id)
        return self.heard(received.seq)

    def last_seq(self) -> int:
        assert self.talk is not None
        return int(Conversation.objects.values_list("last_seq", flat=True).get(pk=self.talk.pk))

    def heard(self, after: int) -> str:
        """All that was said to the customer since."""
        rows = Message.objects.filter(conversation=self.talk, seq__gt=after).exclude(author=Message.Author.CUSTOMER)
        return "\n\n".join(rows.order_by("seq").values_list("text", flat=True))

    def act(self, act: Act) -> None:
        """Decide about what this conversation asks of people, or act in it oneself."""
        user = self.stage.people[act.who]
        if act.do in OWN:
            OWN[act.do](self, user, act)
        else:
            ANSWERS[act.do](self.waiting(act).public_id, user, act)

    def waiting(self, act: Act) -> ApprovalRequest:
        waiting = ApprovalRequest.objects.filter(call__conversation=self.talk, status=ApprovalRequest.Status.PENDING)
        request = waiting.order_by("pk").first()
        if request is None:
            raise LookupError(f"nothing waits for {act.who} to {act.do}")
        return request

    def take_over(self, user: User, _: Act) -> None:
        assert self.talk is not None
        lifecycle.take_over(Conversation.objects.get(pk=self.talk.pk), user)

    def write(self, user: User, act: Act) -> None:
        """As the form does it: looked at, then done; above their own limit it waits for somebody else."""
        assert self.talk is not None
        talk = Conversation.objects.get(pk=self.talk.pk)
        given = {name: self.filled(one) if isinstance(one, str) else one for name, one in act.args.items()}
        seen = by_operator.look(talk, user, writes.arguments(act.capability, given))
        by_operator.do(talk, user, by_operator.carry(seen, by_operator.opinions(seen), act.reason))

    def settle(self) -> None:
        for _ in range(ROUNDS):
            runner.sweep()
            assert self.talk is not None
            runner.work_until_quiet(self.talk.pk)

    def unlike(self, line: str, said: str, expect: tuple[str, ...], never: tuple[str, ...]) -> Iterator[str]:
        for pattern in expect:
            if not self.finds(pattern, said):
                yield f"{line!r} got {said!r}, without {pattern!r}"
        for pattern in never:
            if self.finds(pattern, said):
                yield f"{line!r} got {said!r}, with {pattern!r}"

    def finds(self, pattern: str, said: str) -> bool:
        return re.search(self.filled(pattern, re.escape), said, re.IGNORECASE | re.DOTALL) is not None

    def ended(self) -> Iterator[str]:
        """What stands now, against what should."""
        assert self.talk is not None
        self.talk = Conversation.objects.get(pk=self.talk.pk)
        end = self.case.end
        if end.status is not None and self.talk.status != end.status:
            yield f"the conversation is {self.talk.status}, not {end.status}"
        handoff = self.talk.handoffs.order_by("-pk").first()
        if end.reason is not None and (handoff.reason if handoff else "") != end.reason:
            yield f"it was handed over for {handoff.reason if handoff else 'nothing'}, not for {end.reason}"
        effects = Effect.objects.filter(call__conversation=self.talk).order_by("pk").select_related("call")
        writes = [f"{one.call.capability}: {one.status}" for one in effects]
        if writes != list(end.writes):
            yield f"the writes are {writes}, not {list(end.writes)}"
        asked = [str(row["endpoint"]) for row in self.stage.operations.ledger()]
        wanted = [self.filled(one) for one in end.asked]
        if asked != wanted:
            yield f"the company's systems were asked for {asked}, not {wanted}"
        yield from self.differs()
        yield from self.account_differs()

    def account_differs(self) -> Iterator[str]:
        """What the company's systems show of the customer now."""
        if not self.case.end.account:
            return
        asker = Asker(self.customer.external_ref, Proof.PERSON, by_person=True)
        record = cases.looked_up(asker, business_now(), None)[1].model_dump(mode="json")
        for path, value in self.case.end.account.items():
            if (found := at_path(record, path)) != value:
                yield f"the account has {path} {found!r}, not {value!r}"

    def differs(self) -> Iterator[str]:
        """The records that may have changed have changed to what is said, and no other has."""
        after = self.stage.operations.dump()
        wanted = {self.filled(name): fields for name, fields in self.case.end.changed.items()}
        for kind, objects in difference(self.before, after).items():
            yield from (f"{kind}/{name} has changed: {fields}" for name, fields in objects.items()
                        if f"{kind}/{name}" not in wanted)  # fmt: skip
        for where, fields in wanted.items():
            kind, _, name = where.partition("/")
            record = after.get(kind, {}).get(name, {})
            for path, value in fields.items():
                found = at_path(record, path)
                value = self.filled(value) if isinstance(value, str) else value
                if found != value:
                    yield f"{where} has {path} {found!r}, not {value!r}"


# The four answers to what waits, and what people do in a conversation that is theirs.
ANSWERS: Final[dict[str, Callable[[uuid.UUID, User, Act], Any]]] = {
    "approve": lambda pk, user, act: deciding.decide(pk, user, yes=True, reason=act.reason),
    "reject": lambda pk, user, act: deciding.decide(pk, user, yes=False, reason=act.reason, told=act.told),
    "reject_and_take_over": lambda pk, user, act: deciding.decide(pk, user, yes=False, reason=act.reason, take=True),
    "change": lambda pk, user, act: changing.start(pk, user, list(act.keep), act.reason),
    "ask": lambda pk, user, act: asking.put(pk, user, act.reason),
}
OWN: Final[dict[str, Callable[[Scene, User, Act], None]]] = {"take_over": Scene.take_over, "write": Scene.write}


def at_path(record: Any, path: str) -> Any:
    """The value at "a.0.b", None where there is none."""
    for part in path.split("."):
        if isinstance(record, list):
            record = record[int(part)] if part.isdigit() and int(part) < len(record) else None
        else:
            record = record.get(part) if isinstance(record, dict) else None
    return record
