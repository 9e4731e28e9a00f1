"""Live pages. What they show always comes from the database; a socket that dies loses nothing.

/ws/chat/ is for customers: identity in the first frame. /ws/console/ is for operators: session and exact Origin.
Neither uses a channel of its own, so a channel layer that is down can't break them (poller.py).
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models import Q

from . import bell, door, inbox, limits, surveys
from .access import Actor, is_operator
from .channels import web
from .channels.base import BadMessageError
from .identity import Known, Visitor, customer, find_customer, identify
from .lifecycle import NotAllowedError, display_name
from .limits import Bucket, TooMuchError
from .logs import Log, log
from .models import Conversation, Message
from .poller import Pump, in_db, watcher
from .presentation import message_frame, state_frame
from .sessions import Session, still_valid

BIGGEST_FRAME: Final = 64 * 1024
AT_ONCE: Final = 200  # messages in one frame; more follow in the next
TYPING_EVERY: Final = 2.0

NO_IDENTITY: Final = 4001
NO_RIGHTS: Final = 4003
NO_HELLO: Final = 4008
NOT_JSON: Final = 1007
TOO_BIG: Final = 1009
TRY_LATER: Final = 1013
TOO_MANY: Final = 4029


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """What both sockets share: frames of JSON, a size limit, one reading task, a kind end when the database fails."""

    channel_layer_alias = ""  # no channel of its own: see above
    pump: Pump | None = None
    typed_at = 0.0
    over = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pace = Bucket(settings.HANDRAIL["frames_at_once"], settings.HANDRAIL["frames_per_minute"])

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As in Channels, without its thread hop for connections: `in_db` gives them back itself."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """What came in before the page hears of it stays unread: it may have been meant for another identity."""
        self.over = True
        await super().close(code, reason)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.over:
            return
        if len((text_data or "").encode()) > BIGGEST_FRAME or bytes_data:
            await self.close(TOO_BIG)
            return
        while wait := self.pace.take():  # whoever floods is read slowly: the wire fills up on their side
            await asyncio.sleep(wait)
        try:
            frame = json.loads(text_data or "")
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict):
            await self.close(NOT_JSON)
            return
        try:
            await self.heard(frame)
        except DatabaseError:
            await self.close(TRY_LATER)

    async def heard(self, frame: dict[str, Any]) -> None:
        raise NotImplementedError

    async def write(self, kind: str, **values: Any) -> None:
        await self.send(json.dumps({"type": kind, **values}))

    def may_type(self) -> bool:
        """Typing marks are worth one in two seconds."""
        now = time.monotonic()
        if now - self.typed_at < TYPING_EVERY:
            return False
        self.typed_at = now
        return True

    async def disconnect(self, code: int) -> None:
        watcher.leave(self)
        if self.pump is not None:
            await self.pump.stop()
        log(Log.SOCKET_CLOSED, code=code)


class ChatConsumer(LiveConsumer):
    """A customer's page."""

    who: Visitor | Known | None = None
    customer_id: int | None = None
    conversation: uuid.UUID | None = None
    sent_seq = 0
    sent_state: dict[str, Any] | None = None
    part: dict[str, Any] | None = None  # the unfinished message as the page has it; None: ask whether there is one
    typing_name: str | None = None
    seat = False
    clock: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.order = asyncio.Lock()
        self.house = limits.house((self.scope.get("client") or (None,))[0])
        self.seat = limits.SOCKETS.take(self.house)
        if not self.seat:
            await self.close(TOO_MANY)
            return
        await self.accept()
        self.clock = asyncio.create_task(self.close_after(settings.HANDRAIL["socket_hello_seconds"], NO_HELLO))

    async def close_after(self, seconds: float, code: int) -> None:
        await asyncio.sleep(seconds)
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        if self.seat:
            limits.SOCKETS.give_back(self.house)
        if self.clock is not None:
            self.clock.cancel()
        await super().disconnect(code)

    async def heard(self, frame: dict[str, Any]) -> None:
        acts: dict[Any, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "hello": self.hello, "say": self.say, "typing": self.typing, "sync": self.sync,
            "survey": self.survey,
        }  # fmt: skip
        kind = frame.get("type")
        act = acts.get(kind) if isinstance(kind, str) else None
        if act is None:
            await self.refuse(frame, "This page is out of date. Load it again.")
        elif self.who is None and act != self.hello:
            await self.close(NO_IDENTITY)
        else:
            await act(frame)

    async def hello(self, frame: dict[str, Any]) -> None:
        who = identify(frame.get("token"))
        if who is None or self.who not in (None, who):  # a page speaks for one customer; another one opens another
            await self.close(NO_IDENTITY)
            return
        self.meet(who)
        known = isinstance(who, Known)
        self.customer_id = await in_db(customer if known else find_customer, who)
        self.pump = self.pump or Pump(self.look)
        asked = as_uuid(frame.get("conversation"))
        found = await in_db(read_news, self.customer_id, asked, as_seq(frame.get("after_seq")), None)
        if frame.get("conversation") and found is None:
            await self.refuse({}, "There is no such conversation.")
        log(Log.SOCKET_OPENED, conversation=str(asked) if found else None, resumed=found is not None)
        self.turn_to(asked if found else None)
        async with self.order:
            state, messages = found or (None, [])
            self.sent_state, self.sent_seq, self.part = state, as_seq(frame.get("after_seq")), None
            messages = self.unsent(messages)
            await self.write("welcome", conversation=found and str(asked), state=state, messages=messages)
        if len(messages) == AT_ONCE:
            self.poked(asked)

    def meet(self, who: Visitor | Known) -> None:
        """The page may stay as long as the company's word holds; then it comes back with a new one, or not at all."""
        self.who = who
        if self.clock is not None:
            self.clock.cancel()
        if isinstance(who, Known):
            self.clock = asyncio.create_task(self.close_after(max(who.until - time.time(), 0), NO_IDENTITY))

    def turn_to(self, conversation: uuid.UUID | None) -> None:
        """From here on this page shows `conversation`."""
        if self.conversation is not None and self.conversation != conversation:
            watcher.leave(self, self.conversation)
        if self.conversation != conversation:
            self.conversation, self.sent_seq, self.sent_state, self.part = conversation, 0, None, None
        if conversation is not None:
            watcher.follow(self, conversation)

    async def say(self, frame: dict[str, Any]) -> None:
        try:
            received = await in_db(door.post, self.who, self.house, web, frame, self.conversation)
        except (BadMessageError, TooMuchError, inbox.UnknownConversationError) as error:
            await self.refuse(frame, str(error))
            return
        self.customer_id = received.customer_id
        where = received.stored.public_id
        await self.write("ack", client_id=frame["client_id"], seq=received.stored.seq, conversation=str(where))
        self.turn_to(where)
        self.poked(where)

    async def typing(self, frame: dict[str, Any]) -> None:
        if self.conversation is not None and self.may_type():
            bell.typing(self.conversation, "customer")

    async def survey(self, frame: dict[str, Any]) -> None:
        """The question was shown, put off, or answered; under the same limit as messages."""
        if self.who is None or self.customer_id is None or self.conversation is None:
            return
        try:
            limits.MESSAGES.take(self.who.key)
            await in_db(surveys.heard, self.customer_id, self.conversation, frame)
        except (NotAllowedError, TooMuchError) as error:
            await self.write("notice", reason=str(error))
            self.sent_state = None  # the page shows what may be done instead
        self.poked(self.conversation)

    async def sync(self, frame: dict[str, Any]) -> None:
        """The page asks again from its last good number; the answer always holds the state, so it is also a pulse."""
        async with self.order:
            self.sent_seq, self.sent_state, self.part = as_seq(frame.get("after_seq")), None, None
        if self.conversation is None:
            await self.write("state", state=None)
        self.poked(self.conversation)

    async def refuse(self, frame: dict[str, Any], reason: str) -> None:
        client_id = frame.get("client_id")
        await self.write("refused", client_id=client_id if isinstance(client_id, str) else None, reason=reason)

    def poked(self, conversation: uuid.UUID | None) -> None:
        if self.pump is not None and conversation is not None and conversation == self.conversation:
            self.pump.marked.set()

    def typed(self, conversation: uuid.UUID, who: str) -> None:
        if who != "customer" and self.pump is not None and conversation == self.conversation:
            self.typing_name = who
            self.pump.marked.set()

    async def look(self) -> None:
        """Send what the page doesn't have yet, in order; of an unfinished message all that there is of it by now."""
        async with self.order:
            while self.conversation is not None:
                part = None if self.part is None else self.part.get("seq", 0)
                found = await in_db(read_news, self.customer_id, self.conversation, self.sent_seq, part)
                state, messages = found or (None, [])
                if news := self.unsent(messages):
                    await self.write("messages", messages=news)
                if state != self.sent_state:
                    self.sent_state = state
                    await self.write("state", **(state or {}))
                if len(messages) < AT_ONCE:
                    break
            if self.typing_name:
                name, self.typing_name = self.typing_name, None
                await self.write("typing", who="operator", name=name)

    def unsent(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that the page doesn't have as they are now; from here on it has them."""
        news = [message for message in messages if message["seq"] > self.sent_seq or message != self.part]
        self.part = next((message for message in messages if Message.UNFINISHED in message["extra"]), {})
        self.sent_seq = max([self.sent_seq, *(message["seq"] for message in messages)])
        return news


class ConsoleConsumer(LiveConsumer):
    """An operator's page: it hears that something changed and fetches the fragment itself."""

    session: Session
    watched: uuid.UUID | None = None

    async def connect(self) -> None:
        self.changed: set[uuid.UUID | None] = set()
        self.typers: dict[uuid.UUID, str] = {}
        if not is_operator(self.scope["user"]):  # the Origin was checked before the handshake: config/origins.py
            await self.close(NO_RIGHTS)
            return
        self.session = Session.of(self.scope)
        await self.accept()
        self.pump = Pump(self.tell)
        self.guard = asyncio.create_task(self.stay_allowed())
        watcher.follow_all(self)

    async def disconnect(self, code: int) -> None:
        if self.pump is not None:
            self.guard.cancel()
        await super().disconnect(code)

    async def stay_allowed(self) -> None:
        """Signed out, locked or no longer an operator: the socket closes within one poll."""
        code = TRY_LATER  # when the question itself fails, the page may not stay open on an old answer
        try:
            while await in_db(still_valid, self.session):
                await asyncio.sleep(settings.HANDRAIL["poll_seconds"])
            code = NO_RIGHTS
        except DatabaseError as error:
            log(Log.POLL_FAILED, error=type(error).__name__)
        await self.close(code)

    async def heard(self, frame: dict[str, Any]) -> None:
        if (watched := as_uuid(frame.get("watch"))) is not None:
            if self.watched is not None:
                watcher.leave(self, self.watched)
            self.watched = watched
            watcher.follow(self, watched)
        typed = as_uuid(frame.get("typing"))
        if typed is not None and self.may_type() and await in_db(owns, self.session.user_id, typed):
            bell.typing(typed, display_name(self.scope["user"]))
        if "ping" in frame:
            await self.write("pong")

    def poked(self, conversation: uuid.UUID | None) -> None:
        if self.pump is not None:
            self.changed.add(conversation)
            self.pump.marked.set()

    def typed(self, conversation: uuid.UUID, who: str) -> None:
        if self.pump is not None and conversation == self.watched:
            self.typers[conversation] = who
            self.pump.marked.set()

    async def tell(self) -> None:
        changed, self.changed = self.changed, set()
        typers, self.typers = self.typers, {}
        for conversation in changed - {None}:
            await self.send(json.dumps({"poke": "conversation", "id": str(conversation)}))
        if changed:
            await self.send(json.dumps({"poke": "inbox"}))
        for conversation, who in typers.items():
            await self.send(json.dumps({"typing": who, "id": str(conversation)}))


def read_news(
    customer_id: int | None, conversation: uuid.UUID | None, after: int, part: int | None
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """State and unseen messages of one of this customer's own conversations; None for anybody else's, or none. The
    message of which the page has a `part` comes again: by its number (0: it has none), or with None the unfinished."""
    if customer_id is None or conversation is None:
        return None
    mine = Conversation.objects.for_actor(Actor.customer(customer_id))
    row = mine.select_related("operator").filter(public_id=conversation).first()
    if row is None:
        return None
    messages = Message.objects.filter(conversation=row).select_related("operator")
    which = Q(extra__has_key=Message.UNFINISHED) if part is None else Q(seq=part)
    again = messages.filter(which, seq__lte=after) if part != 0 else ()
    shown = [message_frame(message) for message in [*again, *messages.filter(seq__gt=after)[:AT_ONCE]]]
    return state_frame(row) | {"survey": surveys.frame(row)}, shown


def owns(operator_id: int, conversation: uuid.UUID) -> bool:
    return Conversation.objects.filter(public_id=conversation, operator_id=operator_id).exists()


def as_uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def as_seq(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0
