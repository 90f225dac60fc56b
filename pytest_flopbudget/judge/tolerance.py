"""What is tolerated for a while: a warning that becomes an error, and how much is tolerated now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone

from pytest_flopbudget.judge.verdicts import OVER, Check, Level, Verdict


def day_of_now() -> date:
    """The day in UTC: the same wherever a project is tested."""
    return datetime.now(tz=timezone.utc).date()


def level_on(today: date, level: Level, until: date | None) -> Level:
    """A level as it counts on a day: ``"warn"`` is ``"error"`` from the day on that is declared for it."""
    return "error" if level == "warn" and until is not None and today >= until else level


def tolerated(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The cases that are over a limit or their lock and only warn; one that the lock does not know is over neither."""
    over = (verdict for verdict in verdicts if verdict.status in OVER and verdict.status != "unlocked")
    return [verdict for verdict in over if verdict.level == "warn" and not verdict.fails]


def ends(verdict: Verdict) -> bool:
    """Whether what a case is over fails from a day on; what the lock does not know is judged by ``new`` as well."""
    return bool(verdict.until) and verdict.status in OVER and verdict.status != "unlocked"


def worst(verdicts: Sequence[Verdict]) -> tuple[Verdict, Check] | None:
    """The case and its limit that is exceeded by the largest part; None where no limit with a number is."""
    over = [
        (verdict, check)
        for verdict in verdicts
        for check in verdict.checks
        if not check.kept and check.limit.value and check.measured > check.limit.value
    ]
    return max(over, key=lambda each: each[1].measured / each[1].limit.value, default=None)


def slack(verdict: Verdict) -> list[Check]:
    """The limits of a case itself that are less than half used; a target's are its sizes, and are as they are."""
    return [
        check
        for check in verdict.checks
        if check.limit.relation == "<="
        and not (check.limit.target or check.module or check.limit.share)
        and check.limit.value
        and 2 * check.measured < check.limit.value
    ]
