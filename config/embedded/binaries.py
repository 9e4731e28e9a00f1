"""The servers' programs come in wheels; where their account can't read the environment, a copy lies with their data."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from config.embedded import home


def runnable(package: str, distribution: str, program: str, copied: tuple[str, ...]) -> Path:
    """The path of `program` (inside `package`) that the servers' account may execute.

    `copied` are the folders beside and inside the package that it needs: a copy keeps the wheel's layout, because the
    program finds its libraries relative to itself.
    """
    packages = _packages(package)
    original = packages / program
    if _runs(original):
        return original
    copy = home.services() / "bin" / f"{distribution}-{version(distribution)}"
    if not copy.exists():
        _copy(packages, copy, copied)
    if not _runs(copy / program):
        raise home.EmbeddedError(f"{copy / program} can't be run: remove {copy.parent} and start again.")
    return copy / program


def _packages(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise home.EmbeddedError(f"The package {package} is missing: run `make setup`.")
    return Path(next(iter(found.submodule_search_locations))).parent


def _runs(program: Path) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **home.account().spawn_options(),
        )
    except OSError:
        return False
    return done.returncode == 0


def _copy(packages: Path, copy: Path, copied: tuple[str, ...]) -> None:
    """Whole or not at all: a copy that was cut short lies under another name and is thrown away."""
    draft = copy.with_name(f"{copy.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    home.made(draft)
    for part in copied:
        home.made((draft / part).parent)
        shutil.copytree(packages / part, draft / part, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o111)
    draft.rename(copy)
