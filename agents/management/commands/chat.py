"""`manage.py chat`: talk to the agent from a terminal, through the same inbox and turns as the widget."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from agents import runner, trace
from agents.models import Turn
from agents.voice import wording
from approvals.models import ApprovalRequest
from conversations import inbox
from conversations.channels import web
from conversations.channels.base import BadMessageError
from conversations.command import BadInputError, HandrailCommand
from conversations.identity import Known, customer
from conversations.models import Conversation, Customer, Message
from tools import pack

DIM, PLAIN = "\x1b[2m", "\x1b[0m"


class Command(HandrailCommand):
    began = ""
    shown: set[tuple[str, str]]
    help = "Say something as a customer and print what comes back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="the signed-in customer's e-mail address")
        parser.add_argument("--anonymous", action="store_true", help="a visitor who is not signed in")
        parser.add_argument("--say", action="append", metavar="TEXT", help="repeat for several messages")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        self.began, self.shown = datetime.now(UTC).isoformat(), set()
        who = self.customer(options["email"], options["anonymous"])
        lines = options["say"] or (line.strip() for line in sys.stdin if line.strip())
        conversation: uuid.UUID | None = None
        replies: list[list[str]] = []
        row: Conversation | None = None
        for text in lines:
            row, said = self.say(who, conversation, text)
            conversation = row.public_id
            replies.append(said)
            if not options["as_json"]:
                self.show(text, said, row)
                self.show_mails(who)
        if row is None:
            raise BadInputError(
                "Say something: --say TEXT, as often as you like, or one message a line on standard input."
            )
        if options["as_json"]:
            waiting = ApprovalRequest.objects.filter(call__conversation=row, status=ApprovalRequest.Status.PENDING)
            turns = Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt")
            self.emit(
                {
                    "conversation": str(row.public_id),
                    "status": row.status,
                    "replies": replies,
                    "turns": [trace.exported(turn) for turn in turns],
                    "approvals": [str(request.public_id) for request in waiting],
                }
            )

    def customer(self, email: str | None, anonymous: bool) -> Customer:
        if bool(email) == anonymous:
            raise BadInputError("Say who talks: --as EMAIL, or --anonymous.")
        if anonymous or email is None:
            return Customer.objects.create()
        account = pack.active().find_customer(email)
        if account is None:
            raise BadInputError(f"No customer has the address {email}. `manage.py shop dump` lists who exists.")
        pk = customer(Known(account.customer_id, account.email, f"{account.first_name} {account.last_name}"))
        Customer.objects.filter(pk=pk).update(tier=account.tier)
        return Customer.objects.get(pk=pk)

    def say(self, who: Customer, conversation: uuid.UUID | None, text: str) -> tuple[Conversation, list[str]]:
        """Post one message, work until the conversation is quiet, and return what was said back."""
        try:
            message = web.adapt({"client_id": uuid.uuid4().hex, "text": text}, who.pk, conversation)
        except BadMessageError as error:
            raise BadInputError(str(error)) from error
        received = inbox.receive(message)
        runner.work_until_quiet(received.conversation_id)
        row = Conversation.objects.get(pk=received.conversation_id)
        answers = Message.objects.filter(conversation=row, seq__gt=received.seq).exclude(author=Message.Author.CUSTOMER)
        return row, list(answers.values_list("text", flat=True))

    def show_mails(self, who: Customer) -> None:
        """What the company has mailed meanwhile, where it keeps that: the demo's, since nothing is delivered there."""
        operations = pack.active().operations if settings.HANDRAIL_DEMO else None
        if operations is None or operations.mails is None or not who.is_known:
            return
        for mail in reversed(operations.mails(str(who.external_ref))):
            if mail["at"] > self.began and (key := (mail["at"], mail["body"])) not in self.shown and mail["body"]:
                self.shown.add(key)
                line = f"\n(mail to {wording.masked_email(mail['to'])}: {mail['body']})\n"
                self.stdout.write(f"{DIM}{line}{PLAIN}" if self.stdout.isatty() else line)

    def show(self, text: str, said: list[str], row: Conversation) -> None:
        self.stdout.write(f"\n> {text}\n")
        for answer in said:
            self.stdout.write(f"\n{answer}\n")
        if row.status != Conversation.Status.ACTIVE:
            self.stdout.write(f"\n({row.get_status_display().lower()})\n")
