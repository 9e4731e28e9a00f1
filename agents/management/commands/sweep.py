"""`manage.py sweep`: the sweeper process. It runs overdue turns and unfinished writes itself and needs no broker."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection

from agents import deeds, runner
from conversations import faults
from conversations.logs import Log, log

AT_ONCE: Final = 8
WRITES: Final = 0  # no conversation: the writes that nobody carried out, asked after, or told


class Command(BaseCommand):
    help = "Run overdue turns, every few seconds, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        faults.from_environment()
        if options["once"]:
            self.stdout.write(f"{runner.sweep()} conversations looked after")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sweep") as threads:
            under_way: set[int] = set()
            while not stop.wait(settings.HANDRAIL["sweep_seconds"]):
                self.look(threads, under_way)

    def look(self, threads: ThreadPoolExecutor, under_way: set[int]) -> None:
        """Start what is overdue and not started yet; one slow turn holds up no other."""
        try:
            for conversation_id in (WRITES, *runner.overdue()):
                if conversation_id not in under_way:
                    under_way.add(conversation_id)
                    threads.submit(self.work, conversation_id, under_way)
        except Error as error:  # the database restarts: the next look finds it again
            log(Log.SWEEP_FAILED, error=type(error).__name__)
        finally:
            connection.close()

    def work(self, conversation_id: int, under_way: set[int]) -> None:
        try:
            if conversation_id == WRITES:
                deeds.sweep()
            else:
                runner.work_on(conversation_id)
        except Exception as error:  # noqa: BLE001 the lease runs out, and the next look tries again
            log(Log.SWEEP_FAILED, error=type(error).__name__)
        finally:
            under_way.discard(conversation_id)
            connection.close()
