"""python -m packs.demo_shop.service --uds PATH | --port N: the shop, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import uvicorn

from .app import create


def main() -> int:
    where = _where()
    url, key = os.environ.get("SHOP_DATABASE_URL"), os.environ.get("SHOP_API_KEY")
    if not url or not key:
        print("Set SHOP_DATABASE_URL and SHOP_API_KEY.", file=sys.stderr)  # noqa: T201  the only word it says itself
        return 2
    app = create(url, key, faults=os.environ.get("SHOP_FAULTS", "1") == "1")
    # Idle connections outlive the client's, so that the client is always the one to close.
    uvicorn.run(app, **where, log_level="warning", access_log=False, timeout_keep_alive=30)
    return 0


def _where() -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m packs.demo_shop.service", description=__doc__)
    door = parser.add_mutually_exclusive_group(required=True)
    door.add_argument("--uds", metavar="PATH", help="listen on this unix socket")
    door.add_argument("--port", type=int, help="listen on this port of 127.0.0.1")
    given = parser.parse_args()
    return {"uds": given.uds} if given.uds else {"host": "127.0.0.1", "port": given.port}


if __name__ == "__main__":
    sys.exit(main())
