"""python pdftext.py: a PDF on standard input, its text as JSON on standard output. A process of its own, with limits.

`why` is the sentence that tells why there is no text. Nothing of the project is imported here.
"""

from __future__ import annotations

import json
import resource
import sys
from io import BytesIO
from typing import Any, Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

MEMORY: Final = 1_000_000_000
SECONDS: Final = 20
MAX_PAGES: Final = 500
MAX_CHARACTERS: Final = 1_000_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read())))


def read(data: bytes) -> dict[str, Any]:
    try:
        return _read(PdfReader(BytesIO(data)))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return _nothing("The PDF can't be read; it is broken.")


def _read(reader: PdfReader) -> dict[str, Any]:
    if reader.is_encrypted:
        return _nothing("The PDF is encrypted. Save it without a password.")
    if len(reader.pages) > MAX_PAGES:
        return _nothing(f"The PDF has more than {MAX_PAGES} pages. Split it.")
    parts, length = list[str](), 0
    for page in reader.pages:
        parts.append(page.extract_text())
        length += len(parts[-1])
        if length > MAX_CHARACTERS:
            return _nothing(f"The PDF has more than {MAX_CHARACTERS:,} characters. Split it.")
    if not length:
        return _nothing("There is no text in the PDF; it holds pictures only.")
    return {"why": "", "text": "\n\n".join(parts), "title": _title(reader), "changed": _changed(reader)}


def _nothing(why: str) -> dict[str, Any]:
    return {"why": why}


def _title(reader: PdfReader) -> str:
    return str((reader.metadata and reader.metadata.title) or "")


def _changed(reader: PdfReader) -> str:
    try:
        when = reader.metadata and reader.metadata.modification_date
    except (ValueError, OverflowError):
        return ""
    return when.date().isoformat() if when else ""


if __name__ == "__main__":
    main()
