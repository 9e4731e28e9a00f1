"""Who uses the embedded services: each command holds a shared lock on `var/users` for its life.

The last one out can take the lock exclusively, so it knows that it is the last, and stops what runs. A demo holds the
lock too, so nothing of a demo's is ever stopped here.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import sys
import time

from config.embedded import home, locks, postgres, shop, valkey
from config.embedded.locks import Pause

# Set for the processes of a demo: their supervisor starts, restarts and stops everything.
SUPERVISED = "HANDRAIL_SUPERVISED"


_handle: int | None = None


def ensure(pause: Pause = time.sleep) -> None:
    """Postgres and Valkey answer when this returns. With DATABASE_URL set nothing is started: Valkey only rings."""
    if os.environ.get("DATABASE_URL") or os.environ.get(SUPERVISED):
        return
    hold(pause)
    postgres.here().start(pause=pause)
    if not (os.environ.get("REDIS_URL") and os.environ.get("CELERY_BROKER_URL")):
        valkey.here().start(pause=pause)


def ensure_shop(pause: Pause = time.sleep) -> None:
    """The shop of the pack answers when this returns, unless SHOP_URL names another or the pack brings none."""
    if os.environ.get("SHOP_URL") or os.environ.get(SUPERVISED):
        return
    here = shop.here()
    if here is None:
        return
    ensure(pause)
    hold(pause)
    here.start(pause=pause)


def hold(pause: Pause = time.sleep) -> None:
    """Be a user until this process ends. Waits while the last one before us is stopping the services."""
    global _handle
    if _handle is not None:
        return
    _handle = locks.opened(home.run_data() / "users")
    locks.take(_handle, fcntl.LOCK_SH, pause)
    atexit.register(leave)


def leave() -> None:
    """Stop everything when nobody else uses it. The lock is kept meanwhile: a newcomer waits and starts anew."""
    global _handle
    if _handle is None:
        return
    handle, _handle = _handle, None
    try:
        if locks.taken(handle, fcntl.LOCK_EX):
            _hang_up()
            stop_all()
    finally:
        os.close(handle)


def stop_all() -> None:
    shop.stop_all()
    for service in (valkey.here(), postgres.here()):
        if service.running():
            service.stop()


def _hang_up() -> None:
    """Close our own connections first, or the pool complains about the server that goes."""
    if "django.db" not in sys.modules:
        return
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        getattr(connection, "close_pool", lambda: None)()
