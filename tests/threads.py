"""The same thing at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def in_threads(count: int, act: Callable[[], Any]) -> list[BaseException]:
    """Run it in `count` threads that start together; what they raised."""
    start, failures = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures
