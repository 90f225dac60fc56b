"""The table of the page: a row a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypedDict, get_args

from pytest_flopbudget.judge.verdicts import Check, Kind, Status, Verdict
from pytest_flopbudget.judge.wording import plain
from pytest_flopbudget.quantities import format_excess
from pytest_flopbudget.report.headline import headline
from pytest_flopbudget.report.html.numbers import exact, pair, percent, short

Tone = Literal["bad", "warn", "good", "idle"]

ORDER: tuple[Status, ...] = get_args(Status)
_IDLE: tuple[Status, ...] = ("unjudged", "skipped")


class Row(TypedDict):
    """A case in the table; numbers are texts, and ``null`` is a number that it has not.

    ``tightest`` is how it stands with the limit that it uses up most, and ``used`` the share of that in percent;
    ``changed`` is by how much its MACs changed since the lock, and ``growth`` the same in MACs.
    """

    id: str
    table: str
    model: str
    kind: Kind
    status: Status
    tone: Tone
    headline: str
    metric: str
    tightest: str
    used: float | None
    macs: str | None
    macs_short: str
    params: str | None
    params_short: str
    changed: str
    growth: str | None


def row_of(verdict: Verdict, table: str) -> Row:
    """The row of a case that belongs to a table's file."""
    tightest = tightest_of(verdict)
    macs, params = verdict.metrics.get("macs"), verdict.metrics.get("params")
    changed, growth = _changed(verdict)
    return {
        "id": verdict.case,
        "table": table,
        "model": verdict.model,
        "kind": verdict.kind,
        "status": verdict.status,
        "tone": tone_of(verdict),
        "headline": headline(verdict),
        "metric": tightest.limit.name if tightest else "",
        "tightest": pair_of(tightest) if tightest else "",
        "used": used(tightest) if tightest else None,
        "macs": None if macs is None else exact(macs),
        "macs_short": "" if macs is None else short(macs, "macs"),
        "params": None if params is None else exact(params),
        "params_short": "" if params is None else short(params, "params"),
        "changed": changed,
        "growth": growth,
    }


def tone_of(verdict: Verdict) -> Tone:
    """How a verdict is to look: what fails, what warns, what is well, and what was not judged."""
    if verdict.fails:
        return "bad"
    if verdict.status in _IDLE:
        return "idle"
    return "good" if verdict.status == "kept" else "warn"


def tightest_of(verdict: Verdict) -> Check | None:
    """The limit that is missed, or used up most; numbers that must be equal stand back where they are."""
    return max(verdict.checks, key=_tightness, default=None)


def _tightness(check: Check) -> tuple[bool, bool, float]:
    return not check.kept, check.limit.relation == "<=", used(check) or 0.0


def used(check: Check) -> float | None:
    """How much of a limit is used up, in percent; None where that says nothing: of 0, or of a number that it equals."""
    if check.kept and check.limit.relation == "=":
        return None
    return percent(check.measured, check.limit.value)


def pair_of(check: Check) -> str:
    """A count and its limit side by side: ``"11.17 MMACs of 12 MMACs"``."""
    measured, limit = pair(check.measured, check.limit.value, check.limit.metric)
    if check.limit.relation == "<=":
        return f"{measured} {'of' if check.kept else '>'} {limit}"
    return plain(check)


def _changed(verdict: Verdict) -> tuple[str, str | None]:
    """By how much the MACs changed since the lock: as people say it, and to the last digit."""
    before, after = verdict.locked.get("macs"), verdict.metrics.get("macs")
    if before is None or after is None:
        return verdict.change or "", None
    if before == after:
        return "same", exact(0)
    return format_excess(after, before), f"{after - before:+,}"


def tallies(verdicts: Iterable[Verdict]) -> list[tuple[Status, int]]:
    """How many cases there are of each status, the worst first."""
    found = Counter(verdict.status for verdict in verdicts)
    return [(status, found[status]) for status in ORDER if status in found]
