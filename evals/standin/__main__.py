"""`python -m evals.standin`: the stand-in as a process, on a port of this machine or on a socket."""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Final

import uvicorn

from .answers import Script
from .app import Standin
from .faults import NAMES, Faults

DEFAULT_KEY: Final = "standin"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=8990)
    parser.add_argument("--uds", help="a socket instead of a port")
    parser.add_argument("--answers", required=True, help="FILE.json, or package.module:NAME of a table of roles")
    parser.add_argument("--faults", default="", help=f"by commas, for the first requests: {', '.join(NAMES)}")
    parser.add_argument("--chance", type=int, default=0, help="of a thousand later requests, how many draw a fault")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    try:
        script = load(given.answers)
        faults = Faults([name for name in given.faults.split(",") if name], given.seed, given.chance)
    except (OSError, ValueError, ImportError, AttributeError) as error:
        parser.error(str(error))
    standin = Standin(script, os.environ.get("ANTHROPIC_API_KEY") or DEFAULT_KEY, faults)
    uvicorn.run(standin.app(), host="127.0.0.1", port=given.port, uds=given.uds, log_level="error", lifespan="off")


def load(answers: str) -> Script:
    """The table of roles: from a JSON file, or a name in a module, which may be a function that makes it."""
    if answers.endswith(".json"):
        found = json.loads(Path(answers).read_text(encoding="utf-8"))
    else:
        module, _, name = answers.partition(":")
        found = getattr(importlib.import_module(module), name)
        found = found() if callable(found) else found
    if not isinstance(found, dict):
        raise ValueError(f"{answers} gives no table of roles.")
    return found


if __name__ == "__main__":
    main()
