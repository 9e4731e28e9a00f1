"""python -m packs.demo_shop.service --uds PATH | --port N: the shop, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from typing import Any

import uvicorn

from .app import create


class Server(uvicorn.Server):
    """Says "open" on stdout once it listens, so that whoever started it needn't ask again and again."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print("open", flush=True)  # noqa: T201


def main() -> int:
    where = _where()
    url, key = os.environ.get("SHOP_DATABASE_URL"), os.environ.get("SHOP_API_KEY")
    if not url or not key:
        print("Set SHOP_DATABASE_URL and SHOP_API_KEY.", file=sys.stderr)  # noqa: T201
        return 2
    app = create(url, key, faults=os.environ.get("SHOP_FAULTS", "1") == "1")
    # Idle connections outlive the client's, so that the client is always the one to close.
    config = uvicorn.Config(
        app, **where, log_level="warning", access_log=False, timeout_keep_alive=30, timeout_graceful_shutdown=2
    )
    server = Server(config)
    server.run()
    return 0 if server.started else 3


def _where() -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m packs.demo_shop.service", description=__doc__)
    door = parser.add_mutually_exclusive_group(required=True)
    door.add_argument("--uds", metavar="PATH", help="listen on this unix socket")
    door.add_argument("--port", type=int, help="listen on this port of 127.0.0.1")
    given = parser.parse_args()
    return {"uds": given.uds} if given.uds else {"host": "127.0.0.1", "port": given.port}


if __name__ == "__main__":
    sys.exit(main())
