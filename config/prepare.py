"""Gives a database its tables and, when it is empty, the demo's people and articles.

Seeds are functions, never migrations: transactional tests truncate what migrations put in.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from config.embedded import home, locks, users

if TYPE_CHECKING:
    from django.db.migrations.executor import MigrationExecutor

SEED = "config.seed"


def prepare() -> None:
    """Migrate what is not migrated and seed what is empty. One process at a time; the others wait and find it done."""
    with locks.exclusive(home.run_data() / "prepare.lock"):
        if _unmigrated():
            _say("making the tables …")
            call_command("migrate", verbosity=0, interactive=False)
        if _has_seed() and _is_empty():
            _say("filling the empty database …")
            _sound()
            users.ensure_shop()
            with transaction.atomic():  # a seed that was cut short leaves nothing, so the next start begins anew
                importlib.import_module(SEED).seed()
        elif not settings.PRODUCTION:
            from agents import releases  # needs the app registry

            # A checkout that was updated speaks with its own code; production releases by hand.
            if releases.refresh() is not None and _has_seed():
                importlib.import_module(SEED).follow()


def logins() -> list[list[str]]:
    """What the demo prints: who, user name, password. Empty without a seed."""
    return [[str(cell) for cell in row] for row in importlib.import_module(SEED).LOGINS] if _has_seed() else []


def authority() -> str:
    """How far the agent reaches, for the demo's greeting."""
    from agents import releases  # needs the app registry

    level = releases.live_authority()
    first = "this is the demo; an installation of your own starts at 0"
    return f"The agent's authority is {level} of {releases.HIGHEST}: it {releases.LEVELS[level]} ({first})."


def _sound() -> None:
    """A company that can't be loaded whole fills no database."""
    from django.core import checks

    problems = [one for one in checks.run_checks(tags=["company"]) if one.is_serious()]
    if problems:
        said = "\n".join(f"  {one.msg} {one.hint or ''}".rstrip() for one in problems)
        raise home.EmbeddedError(f"The company in HANDRAIL_PACK isn't whole:\n{said}")


def _unmigrated() -> bool:
    from django.db.migrations.executor import MigrationExecutor

    executor: MigrationExecutor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _is_empty() -> bool:
    from django.contrib.auth import get_user_model

    from conversations.models import Customer

    return not Customer.objects.exists() and not get_user_model().objects.exists()


def _has_seed() -> bool:
    return importlib.util.find_spec(SEED) is not None


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    django.setup()
    try:
        prepare()
    except home.EmbeddedError as error:
        _say(str(error))
        return 1
    except OperationalError as error:
        _say(f"The database doesn't answer ({error}): does DATABASE_URL name one that exists and may be reached?")
        return 1
    (home.run_data() / "logins.json").write_text(json.dumps(logins()))
    (home.run_data() / "authority.txt").write_text(authority())
    return 0


if __name__ == "__main__":
    sys.exit(main())
