"""How many findings are left, week by week, beside the plan: none after eight weeks, most of them after six."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from .models import AuditDay

WEEKS: Final = 8  # of a first clean-up, which takes six to eight
WEEK: Final = timedelta(days=7)
WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 640, 220, 36, 28, 12  # of the picture, in its own units


@dataclass(frozen=True)
class Point:
    """The last audit of a week. `planned` is what should be left by then; x and y are its place in the picture."""

    week: date
    left: int
    planned: int
    x: int
    y: int


@dataclass(frozen=True)
class Chart:
    points: tuple[Point, ...]
    most: int
    weeks: int

    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BELOW
    start: int = LEFT

    @property
    def line(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def plan(self) -> str:
        """From what was left at first down to nothing."""
        first = self.points[0].left
        return f"{_x(0, self.weeks)},{_y(first, self.most)} {_x(WEEKS, self.weeks)},{_y(0, self.most)}"

    @property
    def marks(self) -> list[tuple[int, int]]:
        """(week's number, place) along the bottom."""
        step = 1 if self.weeks <= 12 else 4
        return [(week, _x(week, self.weeks)) for week in range(0, self.weeks + 1, step)]


def chart() -> Chart | None:
    """None before the first audit."""
    last: dict[date, AuditDay] = {}
    for row in AuditDay.objects.order_by("day"):
        last[row.day - timedelta(days=row.day.weekday())] = row
    if not last:
        return None
    begin, first = min(last), last[min(last)].left
    weeks = max(WEEKS, (max(last) - begin).days // 7)
    most = max(1, *(row.left for row in last.values()))
    points = []
    for week, row in last.items():
        n = (week - begin).days // 7
        planned = round(first * max(0, WEEKS - n) / WEEKS)
        points.append(Point(week, row.left, planned, _x(n, weeks), _y(row.left, most)))
    return Chart(tuple(points), most, weeks)


def _x(week: int, weeks: int) -> int:
    return LEFT + round((WIDTH - LEFT - ABOVE) * week / weeks)


def _y(left: int, most: int) -> int:
    return ABOVE + round((HEIGHT - BELOW - ABOVE) * (1 - left / most))
