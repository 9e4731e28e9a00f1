"""What a path holds: a folder, a ZIP or one file becomes a list of items, each read only when its turn comes.

A ZIP is read from where it lies and never unpacked. Nothing is written to disk.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from . import exports, formats, ingest
from .formats import Draft, SkippedError

MAX_FILES: Final = 20_000
MAX_TOTAL: Final = 500_000_000  # bytes, unpacked
MAX_RATIO: Final = 200  # a text packs to a tenth, a bomb to a thousandth
SMALL: Final = 1_000_000  # bytes below which a ratio harms nobody
MAX_PDF: Final = 20_000_000
MAX_ROWS_FILE: Final = 50_000_000
MOST: Final = {".pdf": MAX_PDF, ".csv": MAX_ROWS_FILE, ".json": MAX_ROWS_FILE}
ROWS: Final = (".csv", ".json")
ARCHIVES: Final = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar")
PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class BadSourceError(ValueError):
    """The whole path can't be used; one sentence that says why."""


@dataclass(frozen=True)
class Item:
    """One article to be. `dated`: when its file was last written; `keys`: the ids that it may have there, and `sure`
    says that it can have no other, so that one that can't be read isn't taken for gone."""

    name: str
    read: Callable[[], Draft]
    dated: date | None = None
    keys: tuple[str, ...] = ()
    sure: bool = True


@dataclass(frozen=True)
class File:
    """A file of a folder or a ZIP: `data` gives its bytes, at most so many."""

    name: str
    size: int
    dated: date | None
    data: Callable[[int], bytes]


@dataclass(frozen=True)
class Source:
    """What the path holds, under which name it is kept unless another is given, and a fingerprint of its contents."""

    items: list[Item]
    kind: str
    fingerprint: str


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The items of the path; they can be read until the block ends."""
    if not path.exists():
        raise BadSourceError(f"There is nothing at {path}.")
    if path.is_dir():
        yield _source(_in_folder(path))
    elif path.suffix.lower() == ".zip":
        with _archive(path) as archive:
            yield _source(_in_archive(archive))
    else:
        yield _one(path)


def _one(path: Path) -> Source:
    """A file that is named is read, or nothing is done at all."""
    if path.suffix.lower() not in (*formats.READERS, *ROWS):
        raise BadSourceError("Files of this kind aren't read. Give a folder, .zip, .csv, .json, .md, .html or .pdf.")
    if not path.is_file():
        raise BadSourceError(f"{path} is no ordinary file.")
    try:
        items, kind = _items(_of_path(path, path.name))
    except (SkippedError, OSError) as error:
        raise BadSourceError(str(error)) from error
    return Source(items, kind or "files", _fingerprint([(path.name, path.stat().st_size)], items))


def _source(found: list[File | Item]) -> Source:
    """Sorted by name, so that a second run and one that goes on see the same order."""
    items = list[Item]()
    for one in sorted(found, key=lambda one: one.name):
        items += [one] if isinstance(one, Item) else _or_skipped(one)
    sizes = [(one.name, one.size) for one in found if isinstance(one, File)]
    return Source(items, "files", _fingerprint(sizes, items))


def _fingerprint(sizes: list[tuple[str, int]], items: list[Item]) -> str:
    said = [*map(str, sorted(sizes)), *(item.name for item in items)]
    return hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()


def _or_skipped(file: File) -> list[Item]:
    try:
        return _items(file)[0]
    except SkippedError as error:
        return [skipped(file.name, str(error), sure=False)]


def _items(file: File) -> tuple[list[Item], str]:
    """The file as one article, or each of its rows; and whose export it is, where it is one."""
    kind = PurePosixPath(file.name).suffix.lower()
    most = MOST.get(kind, ingest.MAX_BYTES)
    if file.size > most:
        raise SkippedError(f"The file is larger than {most:,} bytes. Split it.")
    if kind in formats.READERS:
        read = formats.READERS[kind]
        keys, sure = (file.name, PurePosixPath(file.name).stem), read is not formats.from_markdown
        return [Item(file.name, lambda: read(file.name, file.data(most)), file.dated, keys, sure)], ""
    if kind == ".csv":
        rows, whose = exports.from_csv(file.data(most)), ""
    else:
        whose, rows = exports.from_json(file.data(most))
    return [Item(f"{file.name}, {one.where}", one.read, file.dated, (one.id,), bool(one.id)) for one in rows], whose


def skipped(name: str, why: str, *, sure: bool = True) -> Item:
    """An item that is told of and not taken in."""

    def refuse() -> Draft:
        raise SkippedError(why)

    return Item(name, refuse, keys=(name, PurePosixPath(name).stem), sure=sure)


def _unread(name: str) -> Item | None:
    """What isn't read at all, by its name."""
    kind = PurePosixPath(name).suffix.lower()
    if kind in ARCHIVES:
        return skipped(name, "It is an archive inside; unpack it yourself and give the folder.")
    if kind not in (*formats.READERS, *ROWS):
        return skipped(name, "Files of this kind aren't read.")
    return None


def _ignored(name: str) -> bool:
    """Hidden files, and files in capitals (README.md): notes for people."""
    parts = PurePosixPath(name).parts
    return (
        any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts) or PurePosixPath(name).stem.isupper()
    )


# A folder.


def _in_folder(folder: Path) -> list[File | Item]:
    found = list[File | Item]()
    for here, folders, files in os.walk(folder, followlinks=False):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in (*links, *files):
            path = Path(here) / name
            label = path.relative_to(folder).as_posix()
            if not _ignored(label):
                found.append(_of_entry(path, label))
            if len(found) > MAX_FILES:
                raise BadSourceError(f"There are more than {MAX_FILES:,} files. Give a smaller folder.")
    return found


def _of_entry(path: Path, label: str) -> File | Item:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return skipped(label, "It is a link; only files of the folder itself are read.")
    if not stat.S_ISREG(mode):
        return skipped(label, "It is no ordinary file.")
    return _unread(label) or _of_path(path, label)


def _of_path(path: Path, label: str) -> File:
    facts = path.stat()
    return File(label, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC).date(), partial(_bytes, path))


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return _few(file.read(most + 1), most)
    except OSError as error:
        raise SkippedError(f"The file can't be opened: {error.strerror}.") from error


def _few(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise SkippedError(f"The file is larger than {most:,} bytes. Split it.")
    return data


# A ZIP.


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    if path.stat().st_size > MAX_TOTAL:
        raise BadSourceError(f"The ZIP is larger than {MAX_TOTAL:,} bytes. Split it.")
    try:
        archive = zipfile.ZipFile(path)
    except (*DAMAGED, ValueError) as error:
        raise BadSourceError("This is no ZIP that can be read.") from error
    with archive:
        yield archive


def _in_archive(archive: zipfile.ZipFile) -> list[File | Item]:
    """Sizes are those that the ZIP states; reading never gives more than was stated."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES:
        raise BadSourceError(f"The ZIP holds more than {MAX_FILES:,} files. Split it.")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise BadSourceError(f"The ZIP holds more than {MAX_TOTAL:,} bytes when it is unpacked. Split it.")
    named = [(entry.filename, entry) for entry in entries if not _ignored(entry.filename)]
    return [_of_member(archive, name, entry) for name, entry in named]


def _of_member(archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo) -> File | Item:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        return skipped(name, "Its path leads out of the ZIP.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return skipped(name, "It is a link; only files of the ZIP itself are read.")
    if entry.flag_bits & 1:
        return skipped(name, "It is encrypted. Pack it without a password.")
    if entry.compress_type not in PACKINGS:
        return skipped(name, "It is packed in a way that isn't read. Pack it as an ordinary ZIP.")
    if entry.file_size > SMALL and entry.file_size > MAX_RATIO * entry.compress_size:
        return skipped(name, f"It unpacks to more than {MAX_RATIO} times its size.")
    return _unread(name) or File(name, entry.file_size, _written(entry), partial(_member, archive, entry))


def _written(entry: zipfile.ZipInfo) -> date | None:
    try:
        return date(*entry.date_time[:3])
    except ValueError:
        return None


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(entry) as file:
            return _few(file.read(most + 1), most)
    except DAMAGED as error:
        raise SkippedError("The ZIP is damaged here.") from error
