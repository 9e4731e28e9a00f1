"""python -m config.demo [--port N] [--llm standin]: everything on one machine, in one process tree; Ctrl-C ends it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import home, locks, postgres, shop, users, valkey
from config.embedded.home import EmbeddedError
from config.embedded.processes import Program
from config.embedded.supervisor import Part, ProgramPart, Server, ServerPart, Stopped, Supervisor

DEFAULT_PORT = 8000
READY_SECONDS = 120
KEPT_LOGS = 3
STANDIN = "standin"
PAGES = {
    "Widget": "/",
    "Console": "/console/",
    "Admin": "/admin/",
    "Help centre": "/help/",
    "API": "/api/schema/",
}
CELERY = "-m celery -A config.celery"
PYTHON_PARTS = {
    "worker": f"{CELERY} worker -P threads --concurrency 8 --prefetch-multiplier 1 --without-gossip -l info",
    "beat": f"{CELERY} beat --pidfile= -l info",  # one supervisor, so one beat; a pid file would only go stale
    "sweeper": "manage.py sweep",
}


def main(arguments: list[str]) -> int:
    try:
        port, models = _asked(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    supervisor = Supervisor(say)
    supervisor.heed()
    try:
        with _only_one(port), _listening(port) as listening:
            return _run(supervisor, listening, port, standin=models == STANDIN)
    except EmbeddedError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1


def say(text: str) -> None:
    """The terminal may be gone; the demo carries on."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())


def _run(supervisor: Supervisor, listening: socket.socket, port: int, *, standin: bool = False) -> int:
    began = time.monotonic()
    say(f"Handrail starts; its data and logs are in {home.run_data()}")
    _rotate_logs()
    try:
        users.hold(supervisor.pause)
        if standin:
            _ask_the_standin(supervisor)
        _start(supervisor, listening, port)
        say(_greeting(port, time.monotonic() - began))
        supervisor.watch()
    except Stopped:
        return 0
    finally:
        _stop(supervisor)
    return 0


def _start(supervisor: Supervisor, listening: socket.socket, port: int) -> None:
    for server in _servers():
        supervisor.start(ServerPart(server.name, last=server.name != shop.NAME, server=server))
    if supervisor.finish(_python("prepare", "-m", "config.prepare", log=False)) != 0:
        raise EmbeddedError("The database could not be made ready; the lines above say why.")
    for part in _programs(listening):
        supervisor.start(part)
    say("  web, worker, beat and sweeper start …")
    supervisor.until(lambda: _ready(port), READY_SECONDS, "The web process is not ready")
    supervisor.ready = True


def _ask_the_standin(supervisor: Supervisor) -> None:
    """Everything started from here on asks it instead of the provider; it answers for good, costs nothing and needs no
    key."""
    socket = home.run_data() / "standin.sock"
    os.environ |= {"ANTHROPIC_BASE_URL": f"unix:{socket}", "ANTHROPIC_API_KEY": STANDIN, "HANDRAIL_BRAIN": "anthropic"}
    socket.unlink(missing_ok=True)
    program = _python(STANDIN, "-m", "evals.standin", "--uds", str(socket), "--answers", "evals.standin.good:good")
    supervisor.start(ProgramPart(STANDIN, program=program))


def _stop(supervisor: Supervisor) -> None:
    say("Stopping …")
    began = time.monotonic()
    supervisor.stop()
    users.leave()
    say(f"Stopped after {time.monotonic() - began:.1f} s.")


def _servers() -> Iterator[Server]:
    """Those that the environment names elsewhere are not ours to run."""
    if not os.environ.get("DATABASE_URL"):
        yield postgres.here()
    if not (os.environ.get("REDIS_URL") and os.environ.get("CELERY_BROKER_URL")):
        yield valkey.here()
    packs = None if os.environ.get("SHOP_URL") else shop.here()
    if packs is not None:
        yield packs


def _programs(listening: socket.socket) -> Iterator[Part]:
    web = _python("web", "-m", "config.web", "--fd", str(listening.fileno()), keeps=(listening.fileno(),))
    yield ProgramPart("web", program=web)
    for name, arguments in PYTHON_PARTS.items():
        extra = ("-s", str(home.made(home.run_data() / "beat") / "schedule")) if name == "beat" else ()
        yield ProgramPart(name, program=_python(name, *arguments.split(), *extra))


def _python(name: str, *arguments: str, log: bool = True, keeps: tuple[int, ...] = ()) -> Program:
    return Program(
        arguments=(sys.executable, *arguments),
        log=home.log(name) if log else None,
        account=home.ourselves(),
        environment=_environment(),
        keeps=keeps,
    )


def _environment() -> dict[str, str]:
    settings = os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings")
    ours = {users.SUPERVISED: "1", "HANDRAIL_HOME": str(home.run_data()), "DJANGO_SETTINGS_MODULE": settings}
    return {**os.environ, **ours, "PYTHONUNBUFFERED": "1"}


@contextmanager
def _only_one(port: int) -> Iterator[None]:
    """One demo for a home. The lock goes with the process; the file says where it is to be found."""
    path = home.run_data() / "demo"
    handle = locks.opened(path)
    try:
        if not locks.taken(handle, fcntl.LOCK_EX):
            raise EmbeddedError(
                f"Handrail is already running from here, at http://127.0.0.1:{_running_port(path)}/: "
                "use that one, or stop it with Ctrl-C in its terminal."
            )
        path.write_text(json.dumps({"pid": os.getpid(), "port": port}))
        yield
    finally:
        os.close(handle)


def _running_port(path: Path) -> int:
    try:
        return int(json.loads(path.read_text())["port"])
    except (OSError, ValueError, KeyError):
        return DEFAULT_PORT


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Ours before anything is started, and for as long as we run."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the last run's closed connections linger
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen(2048)
        except OSError as error:
            raise EmbeddedError(_why_not(port, error)) from error
        yield listening


def _why_not(port: int, error: OSError) -> str:
    other = f"run `make demo PORT={port + 1 if port < 65535 else DEFAULT_PORT}`."
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights that you don't have: {other}"
    if error.errno != errno.EADDRINUSE:
        return f"Port {port} can't be used ({error.strerror}): {other}"
    status, body = _get(port, "/livez")
    who = "another copy of Handrail" if status == 200 and b'"handrail"' in body else "another program"
    return f"Port {port} is taken by {who}: stop that one, or {other}"


def _ready(port: int) -> bool:
    return _get(port, "/readyz")[0] == 200


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(4096)
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _asked(arguments: list[str]) -> tuple[int, str]:
    """The port, and who plays the models: nobody but a key's provider ("") or the stand-in."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    if len(arguments) % 2 or not given.keys() <= {"--port", "--llm"}:
        raise ValueError("Use `make demo`, `make demo PORT=8001` or `make demo LLM=standin`.")
    models = given.get("--llm", "")
    if models not in ("", STANDIN):
        raise ValueError("LLM is standin, or nothing: with ANTHROPIC_API_KEY set the provider itself is asked.")
    return _port(given.get("--port", str(DEFAULT_PORT))), models


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError("PORT is a number from 1 to 65535, as in `make demo PORT=8001`.")
    return int(text)


def _rotate_logs() -> None:
    """The last runs' logs stay as name.log.1 to .3."""
    folder = home.made(home.run_data() / "log")
    for log in folder.glob("*.log"):
        for number in range(KEPT_LOGS, 0, -1):
            older = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number}"))


def _greeting(port: int, seconds: float) -> str:
    lines = ["", f"Ready after {seconds:.1f} s.", ""]
    lines += [f"  {name:<14}http://127.0.0.1:{port}{path}" for name, path in PAGES.items()]
    logins = _logins()
    if logins:
        width = [max(len(row[column]) for row in logins) for column in range(len(logins[0]))]
        lines += ["", "  Sign in to the console and the admin as"]
        lines += ["    " + "  ".join(cell.ljust(width[column]) for column, cell in enumerate(row)) for row in logins]
    lines += ["", f"  {_authority()}"]
    return "\n".join([*lines, "", f"Logs are in {home.run_data() / 'log'}. Ctrl-C stops everything.", ""])


def _authority() -> str:
    return (home.run_data() / "authority.txt").read_text()


def _logins() -> list[list[str]]:
    try:
        found: list[list[str]] = json.loads((home.run_data() / "logins.json").read_text())
    except (OSError, ValueError):
        return []
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
