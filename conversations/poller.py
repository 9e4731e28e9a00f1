"""Tells open pages that there may be something new. Doorbells make it quick; one question per process makes it sure.

The channel layer is asked by one subscription per process and may be down: then a page hears of news by the poller.
A page that reads slowly holds up nobody: it is only marked, and reads in a task of its own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Protocol, TypeVar

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection

from .bell import CONSOLE_GROUP, conversation_group
from .logs import Log, log
from .sql import hot

Answer = TypeVar("Answer")
LAYER_PATIENCE: Final = 1.0
LAYER_RETRY: Final = 1.0
# Sockets share a few connections: thousands of idle chats must not ask for thousands.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sockets")

CHANGES: Final = """
with queue as (select count(*) || ':' || coalesce(max(moved_at)::text, '') as mark
                 from conversations_conversation where status = 'escalated')
select public_id, last_seq || ':' || status || ':' || moved_at || ':' || (wake > done) ||
       case when status = 'escalated' then ':' || queue.mark else '' end || ':' || coalesce(s.xmin::text, '') ||
       coalesce((select ':' || hashtext(b.text) from conversations_message b
                  where b.conversation_id = c.id and b.extra ? 'unfinished'), '')
  from queue, conversations_conversation c left join conversations_survey s on s.conversation_id = c.id
 where public_id = any(%(ids)s)
"""

INBOX: Final = """
select coalesce(string_agg(s.mark, ' ' order by s.status), '') from (
  select status, status || count(*) || max(last_activity_at) || max(moved_at) as mark
    from conversations_conversation where status in ('active', 'escalated', 'human') group by status) s
"""


async def in_db(read: Callable[..., Answer], *args: Any) -> Answer:
    """Run a database function on the sockets' threads and give its connection back."""

    def run() -> Answer:
        try:
            return read(*args)
        finally:
            connection.close()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


class Page(Protocol):
    """An open socket. Both calls only leave a mark and return at once."""

    def poked(self, conversation: uuid.UUID | None) -> None: ...

    def typed(self, conversation: uuid.UUID, who: str) -> None: ...


class Watcher:
    """Who follows what in this process, the subscription to the doorbells, and the poller behind it."""

    def __init__(self) -> None:
        self.pages: dict[uuid.UUID, set[Page]] = {}
        self.consoles: set[Page] = set()
        self.marks: dict[uuid.UUID, str] = {}
        self.inbox_mark = ""
        self.layer: Any = None
        self.channel: str | None = None
        self.joined: set[str] = set()
        self.changed = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def follow(self, page: Page, conversation: uuid.UUID) -> None:
        self.pages.setdefault(conversation, set()).add(page)
        self.start()

    def follow_all(self, page: Page) -> None:
        self.consoles.add(page)
        self.start()

    def leave(self, page: Page, conversation: uuid.UUID | None = None) -> None:
        """Stop following one conversation, or with None all of them."""
        left = list(self.pages) if conversation is None else [conversation]
        for key in left:
            pages = self.pages.get(key, set())
            pages.discard(page)
            if not pages:
                self.pages.pop(key, None)
                self.marks.pop(key, None)
        if conversation is None:
            self.consoles.discard(page)

    def start(self) -> None:
        if not self.tasks or any(task.done() for task in self.tasks):
            self.stop()
            self.tasks = [asyncio.create_task(work()) for work in (self.listen, self.subscribe, self.poll)]
        self.changed.set()

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.tasks, self.channel, self.joined = [], None, set()

    def wanted(self) -> set[str]:
        groups = {conversation_group(conversation) for conversation in self.pages}
        return groups | {CONSOLE_GROUP} if self.consoles else groups

    async def subscribe(self) -> None:
        """Join and leave groups as pages come and go, and again a moment after a failure, so that it heals.

        A task of its own: a layer that doesn't answer must not hold up the page that opens.
        """
        while True:
            await self.changed.wait()
            self.changed.clear()
            if not await self.regroup():
                await asyncio.sleep(LAYER_RETRY)
                self.changed.set()

    async def regroup(self) -> bool:
        """Whether the layer now knows every group that is wanted; without a channel `listen` asks again."""
        layer, channel = self.layer, self.channel
        if layer is None or channel is None:
            return True
        wanted = self.wanted()
        try:
            for group in wanted - self.joined:
                await asyncio.wait_for(layer.group_add(group, channel), LAYER_PATIENCE)
                self.joined.add(group)
            for group in self.joined - wanted:
                await asyncio.wait_for(layer.group_discard(group, channel), LAYER_PATIENCE)
                self.joined.discard(group)
        except Exception as error:  # noqa: BLE001 without doorbells the poller carries on
            log(Log.POLL_FAILED, error=type(error).__name__)
            return False
        return True

    async def listen(self) -> None:
        """Hear the doorbells of every followed conversation on one channel; begin again when the layer fails."""
        # Kept: two threads that ask at once get two layers, and a channel is known to the one that made it only.
        layer = self.layer = get_channel_layer()
        while layer is not None:
            try:
                self.channel = await asyncio.wait_for(layer.new_channel(), LAYER_PATIENCE)
                self.joined = set()
                self.changed.set()
                while True:
                    self.deliver(await layer.receive(self.channel))
            except Exception as error:  # noqa: BLE001 a dead layer must never break a chat
                self.channel = None
                log(Log.POLL_FAILED, error=type(error).__name__)
            await asyncio.sleep(LAYER_RETRY)

    def deliver(self, message: dict[str, Any]) -> None:
        conversation = uuid.UUID(message["conversation"])
        for page in [*self.pages.get(conversation, ()), *self.consoles]:
            if message["type"] == "typing":
                page.typed(conversation, message["who"])
            else:
                page.poked(conversation)

    async def poll(self) -> None:
        while True:
            await asyncio.sleep(settings.HANDRAIL["poll_seconds"])
            self.changed.set()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 the next look may succeed
                log(Log.POLL_FAILED, error=type(error).__name__)

    async def look(self) -> None:
        """One statement for every followed conversation, one for the inbox; mark the pages of what changed."""
        if self.pages:
            for conversation, mark in await in_db(hot, CHANGES, {"ids": list(self.pages)}):
                if self.marks.get(conversation) != mark and conversation in self.pages:
                    self.marks[conversation] = mark
                    self.deliver({"type": "poke", "conversation": str(conversation)})
        if self.consoles:
            ((mark,),) = await in_db(hot, INBOX, {})
            if mark != self.inbox_mark:
                self.inbox_mark = mark
                for page in list(self.consoles):
                    page.poked(None)


class Pump:
    """The task in which one page reads what it was marked with: many marks, one reading."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self.marked = asyncio.Event()
        self.read = read
        self.task = asyncio.create_task(self.work())

    async def work(self) -> None:
        while True:
            await self.marked.wait()
            self.marked.clear()
            try:
                await self.read()
            except Exception as error:  # noqa: BLE001 the poller marks the page again
                log(Log.POLL_FAILED, error=type(error).__name__)

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


watcher = Watcher()
