"""What the design language promises in figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static/css"
TOKENS = (CSS / "tokens.css").read_text()
PAIRS = [
    *((ink, ground, 4.5) for ink in ("ink", "ink-2", "ink-3") for ground in ("ground", "surface")),
    *((ink, "surface-2", 4.5) for ink in ("ink", "ink-2", "ink-3")),
    *((name, f"{name}-soft", 4.5) for name in ("good", "warn", "bad", "info")),
    *((name, "surface", 4.5) for name in ("good", "warn", "bad", "info", "accent-strong")),
    *((ink, soft, 4.5) for ink in ("ink", "accent-strong") for soft in ("accent-soft",)),
    ("ink-3", "accent-soft", 4.5),
    ("ink", "info-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("ink-2", "surface-3", 4.5),
    *(("line-strong", ground, 3.0) for ground in ("ground", "surface")),
    *(("focus", ground, 3.0) for ground in ("ground", "surface")),
]


def colour(name: str, dark: bool) -> str:
    found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\);", TOKENS)
    assert found, name
    return found[2 if dark else 1]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_text_and_controls_can_be_read(front: str, back: str, least: float, dark: bool) -> None:
    """WCAG AA: 4.5 for text, 3 for borders of controls and the focus ring."""
    one, two = sorted((luminance(colour(front, dark)), luminance(colour(back, dark))), reverse=True)
    assert (one + 0.05) / (two + 0.05) >= least


def test_only_the_token_file_names_colours() -> None:
    files = [*CSS.rglob("*.css"), ROOT / "static/widget/widget.css"]
    literal = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")
    assert [file.name for file in files if file.name != "tokens.css" and literal.search(file.read_text())] == []
    assert literal.search(TOKENS)


def test_every_token_that_is_used_exists_and_every_component_is_loaded() -> None:
    files = [*CSS.rglob("*.css"), ROOT / "static/widget/widget.css"]
    used = {name for file in files for name in re.findall(r"var\(--([\w-]+)", file.read_text())}
    assert used <= set(re.findall(r"--([\w-]+):", TOKENS))
    loaded = set(re.findall(r'url\("components/([\w-]+\.css)"\)', (CSS / "handrail.css").read_text()))
    assert loaded == {file.name for file in (CSS / "components").glob("*.css")}


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (ROOT / "static/icons.svg").read_text()))
    templates = "".join(file.read_text() for file in ROOT.glob("templates/**/*.html"))
    named = set(re.findall(r'icon\.html" with name="(\w+)"', templates)) | set(re.findall(r'\bicon="(\w+)"', templates))
    assert named <= drawn
    assert len(named) > 10
