"""python -m config.links: every relative link in a Markdown file of the repository leads to a file that exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote

from config.embedded.home import CHECKOUT

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)>\s]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"^([a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)


def dead_links(root: Path, files: list[Path]) -> list[str]:
    """One sentence for each link whose file is missing."""
    return [
        f"{file.relative_to(root)}: {target} leads nowhere"
        for file in files
        for target in _targets(file.read_text())
        if not _leads_somewhere(root, file, target)
    ]


def _targets(text: str) -> list[str]:
    found = [first or second for first, second in LINK.findall(CODE.sub("", text))]
    return [target for target in found if not ELSEWHERE.match(target)]


def _leads_somewhere(root: Path, file: Path, target: str) -> bool:
    path = unquote(target.split("#")[0].split("?")[0])
    return (root / path.lstrip("/") if path.startswith("/") else file.parent / path).exists()


def documents(root: Path) -> list[Path]:
    """Without asking git: an unpacked archive, or a checkout of another account's, has none that answers."""
    paths = sorted(path for path in root.rglob("*.md") if not _made_here(path.relative_to(root)))
    # An article's links are addresses of the help centre, not files.
    return [path for path in paths if "articles" not in path.parts]


def _made_here(path: Path) -> bool:
    return path.parts[0] in ("var", "staticfiles") or any(part.startswith(".") for part in path.parts)


def main() -> int:
    problems = dead_links(CHECKOUT, documents(CHECKOUT))
    print("\n".join(problems), end="\n" if problems else "")  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
