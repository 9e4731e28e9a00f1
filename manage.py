#!/usr/bin/env python
"""Handrail's command line: starts the embedded services that a command needs and stops them when nobody uses them."""

import os
import signal
import sys

# These work on files alone.
NO_SERVICES = {"check", "collectstatic", "diffsettings", "findstatic", "help", "makemessages", "compilemessages"}
NO_SERVICES |= {"sendtestemail", "spectacular", "startapp", "startproject", "version", "--help", "--version", "-h"}
# These look at the database as it is: no tables are made and nothing is seeded for them.
BARE = {"dbshell", "flush", "inspectdb", "makemigrations", "migrate", "showmigrations", "squashmigrations"}
BARE |= {"optimizemigration", "sqlflush", "sqlmigrate", "sqlsequencereset", "test", "testserver"}

# These ask the company's systems.
NEEDS_SHOP = {"chat", "shop"}


def prepare(arguments: list[str]) -> None:
    """With DATABASE_URL set this starts and changes nothing."""
    import django
    from django.core.management import get_commands

    from config import prepare
    from config.embedded import users

    command = arguments[0] if arguments else "help"
    if command in NO_SERVICES or {"-h", "--help"} & set(arguments):
        return
    django.setup()
    if command not in get_commands():
        return  # Django says so, with a guess at what was meant
    users.ensure()
    if command not in BARE and not os.environ.get("DATABASE_URL") and not os.environ.get(users.SUPERVISED):
        prepare.prepare()
    if command in NEEDS_SHOP:
        users.ensure_shop()


def main() -> int:
    from django.core.management import execute_from_command_line

    from config.embedded.home import EmbeddedError

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] != ["sweep"]:
        os.environ.setdefault("HANDRAIL_LOG", "error")  # whoever types a command reads its own words
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the last one out still tidies up
    try:
        prepare(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
