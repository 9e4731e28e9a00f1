"""Where run data lives: `var/` in the checkout or HANDRAIL_HOME.

The servers' data lies there too, unless root runs us and the servers' own account can't walk to it: then it lies in
/var/tmp under a name made from the path, and `var/home` says where.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
# Root must not run a database server: the servers get this account, which owns nothing else.
SERVER_ACCOUNT = "nobody"
APART = Path("/var/tmp")
SHORT = Path("/tmp")
# A unix socket's whole path must fit into 107 bytes; the longest name we put into the folder has 24.
LONGEST_SOCKET_FOLDER = 82


class EmbeddedError(Exception):
    """Something that keeps the embedded services from running, as a sentence that says what to do next."""


@dataclass(frozen=True)
class Account:
    """Whom the servers run as."""

    uid: int
    gid: int
    differs: bool

    def spawn_options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.differs else {}

    def own(self, path: Path) -> None:
        if self.differs:
            os.chown(path, self.uid, self.gid)


def ourselves() -> Account:
    return Account(os.geteuid(), os.getegid(), differs=False)


def account() -> Account:
    """The servers' account: our own, but never root's."""
    if os.geteuid() != 0:
        return ourselves()
    try:
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        raise EmbeddedError(
            f"Postgres refuses to run as root and there is no account '{SERVER_ACCOUNT}': run this as another user."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, differs=True)


def digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


def run_data() -> Path:
    given = os.environ.get("HANDRAIL_HOME")
    return Path(given).expanduser().resolve() if given else CHECKOUT / "var"


def services() -> Path:
    """The folder of the servers' data. Once it lies apart it stays apart, so that a chmod never hides the data."""
    data = run_data()
    if os.geteuid() != 0:
        return data
    apart = APART / f"handrail-{digest(CHECKOUT if data == CHECKOUT / 'var' else data)}"
    if _named_home(data) == apart or not _walkable(data, account()):
        return apart
    return data


def sockets() -> Path:
    """The folder of the unix sockets: with the servers' data, or in /tmp when that path is too long for a socket."""
    folder = services() / "sockets"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return SHORT / f"handrail-{os.geteuid()}-{digest(folder)}"


def postgres_socket() -> Path:
    return sockets()


def valkey_socket() -> Path:
    return sockets() / "valkey.sock"


def shop_socket() -> Path:
    """One for each database: a shop on another database must not answer for this one's."""
    given = os.environ.get("DATABASE_URL")
    name = f"shop-{hashlib.sha256(given.encode()).hexdigest()[:10]}.sock" if given else "shop.sock"
    return sockets() / name


def secret_key() -> str:
    return _kept_secret("secret_key")


def shop_key() -> str:
    return _kept_secret("shop_key")


def log(name: str) -> Path:
    return made(run_data() / "log") / f"{name}.log"


def made(folder: Path) -> Path:
    """The folder, made with its parents when missing; others may walk through what root makes, and only that."""
    if not folder.is_dir():
        made(folder.parent)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise EmbeddedError(f"{_cant_write(folder)} ({error.strerror})") from error
        if os.geteuid() == 0:
            folder.chmod(0o711)
    return folder


def made_for_servers(folder: Path) -> Path:
    """A folder that only the servers' account (and root) can read, refused when somebody else made it."""
    data = run_data()
    made(data)
    if services() != data:
        _claim(services())
        (data / "home").write_text(f"{services()}\n")
    made(folder.parent)
    who = account()
    if not folder.is_dir():
        _put_in_place(folder, who)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != who.uid:
        owner = _name_of(found.st_uid)
        raise EmbeddedError(f"{folder} belongs to {owner}: run this as {owner}, or set HANDRAIL_HOME to a new folder.")
    return folder


def _put_in_place(folder: Path, who: Account) -> None:
    """Made aside with its owner and renamed: of two first processes neither sees the other's half-made folder."""
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.draft")
    draft.mkdir(mode=0o700)
    who.own(draft)
    try:
        draft.rename(folder)
    except OSError:  # the other one was first and has put something into it
        draft.rmdir()


def _claim(folder: Path) -> None:
    """/var/tmp is everybody's: a folder there that another account made is not ours, whatever its name."""
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} was made by {_name_of(found.st_uid)}: remove it, or set HANDRAIL_HOME.")
    folder.chmod(0o711)


def _named_home(data: Path) -> Path | None:
    try:
        return Path((data / "home").read_text().strip())
    except OSError:
        return None


def _walkable(folder: Path, who: Account) -> bool:
    return all(_may_enter(each, who) for each in (folder, *folder.parents))


def _may_enter(folder: Path, who: Account) -> bool:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return True  # made() will open it
    if found.st_uid == who.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == who.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _kept_secret(name: str) -> str:
    path = made(run_data()) / name
    try:
        if not path.exists():
            _keep_secret(path)
        return path.read_text().strip()
    except OSError as error:
        raise EmbeddedError(f"{_cant_write(path)} ({error.strerror})") from error


def _keep_secret(path: Path) -> None:
    """Written aside and linked into place: of two first processes one wins and both read the same whole secret."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _cant_write(path: Path) -> str:
    return f"Can't write {path}: make its folder writable, or set HANDRAIL_HOME to a folder of yours"


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the account {uid}"
