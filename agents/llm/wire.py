"""The connection to a provider: no byte after the deadline, whoever drips, and no answer beyond any use.

An HTTP client's time-outs count from byte to byte, so that one byte a second would hold a thread for good.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore2
import httpx2

MOST_BYTES: Final = 4_000_000  # of one answer: ten times the longest that is asked for
CONNECT_SECONDS: Final = 5.0
CONNECTIONS: Final = 64

_time = threading.local()


class TooMuchError(Exception):
    """An answer that doesn't end."""


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Whatever this thread reads or writes here ends at `deadline` (time.monotonic)."""
    _time.deadline = deadline
    try:
        yield
    finally:
        del _time.deadline


def _left(timeout: float | None) -> float:
    left = float(_time.deadline) - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the deadline")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class _Backend(httpcore2.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(super().connect_tcp(host, port, _left(CONNECT_SECONDS), local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(super().connect_unix_socket(path, _left(CONNECT_SECONDS), socket_options))


class _Body(httpx2.SyncByteStream):
    """A body that is counted as it comes."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self.inner:
            size += len(part)
            if size > MOST_BYTES:
                raise TooMuchError
            yield part

    def close(self) -> None:
        self.inner.close()


class Transport(httpx2.BaseTransport):
    """For an httpx2 client whose calls are made inside `until`."""

    def __init__(self, socket: str | None = None) -> None:
        self.pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=CONNECTIONS,
            keepalive_expiry=30,
            uds=socket,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        given = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        found = self.pool.handle_request(given)
        return httpx2.Response(
            found.status, headers=found.headers, stream=_Body(found.stream), extensions=found.extensions
        )

    def close(self) -> None:
        self.pool.close()
