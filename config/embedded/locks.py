"""File locks: the kernel drops them with the process that held them, so a crash never leaves one behind."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import home

Pause = Callable[[float], None]


def opened(path: Path) -> int:
    home.made(path.parent)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise home.EmbeddedError(
            f"{path} belongs to another user: run this as that user, or set HANDRAIL_HOME."
        ) from error


def taken(handle: int, kind: int) -> bool:
    """Take or change the lock without waiting; False when somebody else's stands against it."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take(handle: int, kind: int, pause: Pause = time.sleep) -> None:
    while not taken(handle, kind):
        pause(0.05)


@contextmanager
def exclusive(path: Path, pause: Pause = time.sleep) -> Iterator[None]:
    """One process at a time, in turn."""
    handle = opened(path)
    try:
        take(handle, fcntl.LOCK_EX, pause)
        yield
    finally:
        os.close(handle)
