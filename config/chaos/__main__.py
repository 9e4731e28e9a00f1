"""`make chaos N=300 SEED=1`: so many faults over messages, refunds and approvals, drawn from the seed, and the count.

On a scratch database and a scratch shop. The last line is one JSON object; exit 1 when anything is wrong.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

FEW_MISSED: Final = 0.002  # share of the faults

if TYPE_CHECKING:
    from .checks import Problem
    from .plan import Fate
    from .stories import Story


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["HANDRAIL_TESTING"] = "1"
    os.environ.setdefault("HANDRAIL_LOG", "critical")
    from config.embedded import users

    users.ensure()
    import django

    django.setup()
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # the crashes close connections on purpose
    result = on_scratch(int(os.environ.get("N") or 300), int(os.environ.get("SEED") or 1))
    print(json.dumps(result))
    sys.exit(1 if result["problems"] else 0)


def on_scratch(faults: int, seed: int) -> dict[str, Any]:
    from agents import seed as agent_seed
    from config.seed import PEOPLE, seed_operator, seed_roles
    from evals import scratch

    began = time.monotonic()
    with scratch.database() as url, scratch.shop() as shop_url, tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATABASE_URL=url, SHOP_URL=shop_url)
        agent_seed.seed(few_articles(folder))
        seed_roles()
        for person in PEOPLE:
            seed_operator(*person)
        return {**run(faults, seed), "seconds": round(time.monotonic() - began, 1)}


def few_articles(folder: str) -> Path:
    """No story asks for one, and each takes its time to be taken in."""
    from tools import pack

    for article in sorted(pack.active().articles.glob("*.md"))[:2]:
        shutil.copy(article, folder)
    return Path(folder)


def run(faults: int, seed: int) -> dict[str, Any]:
    """So many faults on the database and the shop that this process has, and what is wrong afterwards.

    The crashes are spread over the rounds of kills, and pass the time until the leases of the dead are over.
    """
    from . import checks, kills, plan

    chance = random.Random(seed)
    crashed, killed = plan.share(faults)
    fates = [*plan.kills(killed, chance), *plan.crashes(crashed, chance)]
    stories = plan.cast(fates)
    lives = list(zip(stories, fates, strict=True))
    rounds = [lives[:killed][n : n + kills.AT_ONCE] for n in range(0, killed, kills.AT_ONCE)]
    odd: list[str] = []
    missed: list[str] = []
    for n, dying in enumerate(rounds):
        begun = kills.begin(*map(list, zip(*dying, strict=True)))
        for story, fate in lives[killed:][n :: len(rounds)]:
            odd += crash(story, fate)
        found, late = kills.finish(begun)
        odd, missed = [*odd, *found], [*missed, *late]
    return report(seed, fates, missed, [*odd, *checks.problems(stories)])


def crash(story: Story, fate: Fate) -> list[str]:
    """One story; whatever stops it is a problem, and the others go on."""
    from . import crashes

    try:
        return [f"{story}: {point} was not reached" for point in crashes.live(story, fate)]
    except Exception as error:  # noqa: BLE001
        return [f"{story}: {fate.points} ended with {type(error).__name__}: {error}"]


def report(seed: int, fates: list[Fate], missed: list[str], found: list[Problem | str]) -> dict[str, Any]:
    """`missed`: points at which nobody died, because another process had done the work: they are no faults. Few may
    be missed, and no point always."""
    from conversations.faults import POINTS

    from . import checks

    by_point = Counter(point for fate in fates for point in fate.points if point is not None) - Counter(missed)
    odd = [f"{point} was never reached" for point in sorted(POINTS - set(by_point))]
    if len(missed) > FEW_MISSED * by_point.total():
        odd.append(f"{len(missed)} points were not reached")
    harms = Counter(problem.harm for problem in found if isinstance(problem, checks.Problem))
    return {
        "faults": by_point.total(),
        "missed": len(missed),
        "seed": seed,
        "problems": [*odd, *map(str, found)],
        "by_point": dict(sorted(by_point.items())),
        **{harm: harms[harm] for harm in (checks.DUPLICATE, checks.LOST, checks.UNAUDITED)},
    }


if __name__ == "__main__":
    main()
