"""What may leave in no wording: secrets, pictures that are fetched, and links to hosts that aren't ours."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator, Sequence
from typing import Final

_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}"
# With a scheme, with nothing but slashes, with www., or a bare name that something follows: mail programs link all.
_LINK: Final = re.compile(
    rf"(?:[a-z][a-z0-9+.-]*:)?//(?:[^\s/@]*@)?(?P<a>[^\s/?#:)\]>\"']+)|(?<![\w@.])(?P<b>www\.{_HOST})"
    rf"|(?<![\w@./-])(?P<c>{_HOST})(?=/|\?|:\d)",
    re.IGNORECASE,
)
_PICTURE: Final = re.compile(r"!\[[^\]]*\]\s*[(\[]|<\s*(?:img|iframe|svg|object|embed|video|picture)\b", re.IGNORECASE)
_BLOB: Final = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_OTHERWISE_THAN_LETTERS: Final = re.compile(r"[\W_]+")


def secret(text: str, secrets: Sequence[str]) -> bool:
    """Whether one of them stands there: as it is, spelt out, backwards, or in a code that anybody can undo."""
    if not secrets:
        return False
    found = [_bare(reading) for reading in _readings(text)]
    return any(_bare(one) in reading for one in secrets for reading in found)


def picture(text: str) -> str:
    """The beginning of a picture that a page would fetch, empty where there is none."""
    match = _PICTURE.search(text)
    return match[0] if match else ""


def hosts(text: str) -> list[str]:
    """The hosts that a text links to, in its order."""
    return [str(next(filter(None, match.groups()))).lower().rstrip(".") for match in _LINK.finditer(text)]


def is_of(host: str, ours: Sequence[str]) -> bool:
    """One of these hosts, or below one of them."""
    return any(host == one or host.endswith(f".{one}") for one in ours)


def _readings(text: str) -> Iterator[str]:
    yield text
    yield text[::-1]
    yield codecs.encode(text, "rot13")
    for blob in _BLOB.findall(text):
        try:
            yield base64.b64decode(blob + "=" * (-len(blob) % 4)).decode("latin-1")
        except binascii.Error:
            continue


def _bare(text: str) -> str:
    return _OTHERWISE_THAN_LETTERS.sub("", text).casefold()
