"""A customer's messages over HTTP. The bearer is the same token that the widget's first frame carries."""

from __future__ import annotations

import uuid
from itertools import takewhile
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations import door, inbox
from conversations.access import Actor
from conversations.channels import api
from conversations.channels.base import BadMessageError
from conversations.identity import Known, Visitor, find_customer, identify
from conversations.limits import TooMuchError, house
from conversations.models import Conversation, Message
from conversations.presentation import state_frame

AT_ONCE = 200


class Bearer(BaseAuthentication):
    """`Authorization: Bearer <visitor token or company JWT>`; anything else is 401."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        kind, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        who = identify(token) if kind.lower() == "bearer" else None
        if who is None:
            raise AuthenticationFailed("Send the customer's token as `Authorization: Bearer …`.")
        return who, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MessageIn(serializers.Serializer[Any]):
    client_id = serializers.CharField(max_length=80, help_text="Yours; the same one again is the same message.")
    text = serializers.CharField()
    conversation = serializers.UUIDField(required=False, help_text="Left out, a new conversation opens.")


class Stored(serializers.Serializer[Any]):
    conversation = serializers.UUIDField()
    seq = serializers.IntegerField()
    fresh = serializers.BooleanField(help_text="False when this client_id was stored before.")


class Refused(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="Why, and what to do.")


class MessageOut(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    author = serializers.CharField()
    text = serializers.CharField()
    extra = serializers.JSONField()
    at = serializers.DateTimeField(source="created_at")


class Thread(serializers.Serializer[Any]):
    state = serializers.JSONField()
    messages = MessageOut(many=True)


class ShallowParser(JSONParser):
    """JSON that is nested deeper than anybody means it is bad input, not an error of ours."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("The body is nested too deeply. Send an object with client_id and text.") from None


class CustomerView(APIView):
    authentication_classes = (Bearer,)
    parser_classes = (ShallowParser,)


class Messages(CustomerView):
    """Post a message."""

    @extend_schema(request=MessageIn, responses={201: Stored, 200: Stored, 429: Refused})
    def post(self, request: Request) -> Response:
        came_from = house(request.META.get("REMOTE_ADDR"))
        try:
            target = self.target(request.data)
            received = door.post(caller(request), came_from, api, dict(request.data), target).stored
        except BadMessageError as error:
            return Response({"detail": str(error)}, status.HTTP_400_BAD_REQUEST)
        except TooMuchError as error:
            wait = {"Retry-After": str(error.wait)}
            return Response({"detail": str(error)}, status.HTTP_429_TOO_MANY_REQUESTS, headers=wait)
        except inbox.UnknownConversationError as error:
            return Response({"detail": str(error)}, status.HTTP_404_NOT_FOUND)
        body = {"conversation": received.public_id, "seq": received.seq, "fresh": received.fresh}
        return Response(body, status.HTTP_201_CREATED if received.fresh else status.HTTP_200_OK)

    def target(self, data: Any) -> uuid.UUID | None:
        if not isinstance(data, dict):
            raise BadMessageError("Send an object with client_id and text.")
        given = data.get("conversation")
        try:
            return uuid.UUID(given) if given is not None else None
        except (ValueError, TypeError, AttributeError):
            raise BadMessageError("`conversation` is a UUID.") from None


class ThreadView(CustomerView):
    """Read a conversation's messages behind a number, in order, up to one that is still being written."""

    @extend_schema(parameters=[OpenApiParameter("after_seq", int)], responses=Thread)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        row = self.conversations(request).filter(public_id=public_id).first()
        if row is None:
            return Response({"detail": "There is no such conversation."}, status.HTTP_404_NOT_FOUND)
        after = request.query_params.get("after_seq", "0")
        if not after.isdecimal() or len(after) > 9:
            return Response({"detail": "`after_seq` is a whole number."}, status.HTTP_400_BAD_REQUEST)
        messages = Message.objects.filter(conversation=row, seq__gt=int(after)).order_by("seq")[:AT_ONCE]
        finished = list(takewhile(lambda message: not message.is_unfinished, messages))
        return Response({"state": state_frame(row), "messages": MessageOut(finished, many=True).data})

    def conversations(self, request: Request) -> QuerySet[Conversation]:
        pk = find_customer(caller(request))
        return Conversation.objects.none() if pk is None else Conversation.objects.for_actor(Actor.customer(pk))


def caller(request: Request) -> Visitor | Known:
    """Whom the bearer token stands for; the authentication above puts nothing else there."""
    who = request.user
    assert isinstance(who, Visitor | Known)
    return who


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names the token; found by drf-spectacular through its base class."""

    target_class = Bearer
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
