"""`manage.py approvals`: what waits for people, and their yes or no, through the same verbs as the console."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from agents import deeds, runner
from approvals import deciding, desk, listing
from approvals.models import ApprovalRequest
from conversations.command import BadInputError, HandrailCommand


class Command(HandrailCommand):
    help = "List the writes that wait for people, approve or reject one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "approve", "reject"])
        parser.add_argument("id", nargs="?", help="the request's id, as `list` prints it")
        parser.add_argument("--as", dest="user", metavar="USER", help="who decides: a user name")
        parser.add_argument("--reason", metavar="TEXT", help="kept with the decision")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self.show_all(options["as_json"])
            return
        request = self.decide(options)
        if options["as_json"]:
            self.emit(as_json(request))
        else:
            self.stdout.write(f"{line(request)}\n")

    def show_all(self, is_json: bool) -> None:
        waiting = list(listing.requests().filter(status=ApprovalRequest.Status.PENDING).order_by("created_at"))
        if is_json:
            self.emit({"requests": [as_json(request) for request in waiting]})
            return
        for request in waiting:
            self.stdout.write(f"{line(request)}\n")
        if not waiting:
            self.stdout.write("Nothing waits for a decision.\n")

    def decide(self, options: dict[str, Any]) -> ApprovalRequest:
        """The decision, then what follows from it, to its end."""
        if not options["id"] or not options["user"] or not options["reason"]:
            raise BadInputError("Say which, who and why: approvals approve ID --as USER --reason TEXT.")
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise BadInputError(f"Nobody has the user name {options['user']}.")
        try:
            public_id = uuid.UUID(options["id"])
            request = deciding.decide(public_id, user, yes=options["action"] == "approve", reason=options["reason"])
        except (ValueError, ApprovalRequest.DoesNotExist) as error:
            raise BadInputError(f"No approval has the id {options['id']}. `approvals list` shows them.") from error
        except deciding.RefusedError as error:
            raise BadInputError(str(error)) from error
        deeds.carry_out(request.call_id)
        runner.work_until_quiet(request.call.conversation_id)
        return listing.requests().get(pk=request.pk)


def line(request: ApprovalRequest) -> str:
    call = request.call
    return (
        f"{request.public_id}  {request.get_status_display()}  {desk.money(call)} for {call.order_ref}  "
        f"{call.customer}  needs {desk.needs(request)}"
    )


def as_json(request: ApprovalRequest) -> dict[str, Any]:
    call = request.call
    return {
        "id": str(request.public_id),
        "status": request.status,
        "write": desk.fate(call)["label"],
        "order": call.order_ref,
        "amount": {"cents": call.amount_cents, "currency": call.currency},
        "customer": str(call.customer),
        "conversation": str(call.conversation.public_id),
        "role": request.role,
        "people": request.people,
        "why": request.why,
        "expires_at": request.expires_at.isoformat(),
        "votes": [
            {"by": vote.operator.username, "role": vote.role, "yes": vote.yes, "reason": vote.reason}
            for vote in request.votes.all()
        ],
    }
