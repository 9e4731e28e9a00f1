"""A proxy before Postgres' unix socket that counts what goes over the wire: the only honest count of round trips."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

PORT_FILE = ".s.PGSQL.5432"


@dataclass
class Counted:
    """`round_trips`: times the server said that it is ready again. `commits`: COMMIT tags and statements outside a
    transaction that wrote something; a read commits nothing."""

    round_trips: int = 0
    tags: list[str] = field(default_factory=list)

    @property
    def statements(self) -> int:
        return len(self.tags)


class Proxy:
    def __init__(self, folder: Path, server: str) -> None:
        self.counted = Counted()
        self.server = server
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / PORT_FILE))
        self.listener.listen()
        self.threads: list[threading.Thread] = []
        self.run(self.accept)

    def run(self, target: Callable[..., None], *args: Any) -> None:
        self.threads.append(threading.Thread(target=target, args=args, daemon=True))
        self.threads[-1].start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.run(self.serve, client)

    def serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(self.server)
            back = threading.Thread(target=pump, args=(upstream, client, self.counted), daemon=True)
            back.start()
            pump(client, upstream, None)
            back.join()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(5)

    def reset(self) -> None:
        self.counted.round_trips = 0
        self.counted.tags.clear()


def pump(source: socket.socket, target: socket.socket, counted: Counted | None) -> None:
    """Copy one direction; from the server's side, read message types on the way."""
    pending = b""
    with suppress(OSError):
        while chunk := source.recv(65536):
            if counted is not None:  # before it goes on: whoever gets the answer may ask for the count at once
                pending = read(pending + chunk, counted)
            target.sendall(chunk)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def read(data: bytes, counted: Counted) -> bytes:
    """Count the whole messages in `data`; return the incomplete rest."""
    while len(data) >= 5:
        kind, length = data[:1], struct.unpack("!i", data[1:5])[0]
        if len(data) < length + 1:
            break
        if kind == b"Z":
            counted.round_trips += 1
        elif kind == b"C":
            counted.tags.append(data[5:length].decode())
        data = data[length + 1 :]
    return data


@contextmanager
def counting() -> Iterator[Proxy]:
    """Django's connection goes through the proxy meanwhile."""
    before = connection.settings_dict["HOST"]
    with tempfile.TemporaryDirectory(prefix="hr-") as folder:
        proxy = Proxy(Path(folder), str(Path(before) / PORT_FILE))
        connection.close()
        connection.close_pool()
        connection.settings_dict["HOST"] = folder
        try:
            yield proxy
        finally:
            connection.close()
            connection.close_pool()
            connection.settings_dict["HOST"] = before
            proxy.close()
