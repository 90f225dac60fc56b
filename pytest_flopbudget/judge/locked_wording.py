"""What is said of a count against the lock, each one line, its numbers first."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import Growth, format_excess, format_pair

UPDATE = "pytest --flopbudget-update"


@dataclass(frozen=True, slots=True)
class Pair:
    """A number and what the lock has.

    Args:
        name: The metric's name, with a target's behind it: ``"arena_bytes@nucleo"``.
        now: What was counted, in the metric's unit.
        before: What the lock has.
        growth: By how much it may grow.
        module: The module's path; ``""`` is the case itself.
    """

    name: str
    now: int
    before: int
    growth: Growth
    module: str = ""

    @property
    def metric(self) -> str:
        """The metric's name alone."""
        return self.name.partition("@")[0]

    @property
    def allowed(self) -> int:
        """The most that it may be."""
        return self.growth.allowed(self.before)


def grown(pair: Pair, *, approximate: bool) -> str:
    """A count over the lock's: ``13 MMACs > 12 MMACs locked (+8.3%)``, ``… (+8.3%, 1% allowed)``."""
    now, before, more = _told(pair, approximate=approximate)
    allowed = f", {pair.growth.source} allowed" if pair.growth.allowed(pair.before) > pair.before else ""
    return f"{now} > {before} locked ({more}{allowed}){_whose(pair)}"


def other(pair: Pair, *, approximate: bool) -> str:
    """A count that is not the lock's: ``11 MMACs, not 12 MMACs as locked (-8.3%)``."""
    now, before, more = _told(pair, approximate=approximate)
    return f"{now}, not {before} as locked ({more}){_whose(pair)}"


def since(pair: Pair) -> str:
    """A count beside the lock's, without a judgement: ``11 MMACs, locked 12 MMACs (-8.3%)``."""
    now, before, more = _told(pair, approximate=False)
    return f"{now}, locked {before} ({more}){_whose(pair)}"


def no_entry(called: str) -> str:
    """A case that the lock does not know."""
    return f"not in {called}: {UPDATE} takes it in"


def no_metric(what: str, called: str) -> str:
    """A metric, or one of a module, that the lock does not know of a case that it knows."""
    return f"{what} is not in {called}: {UPDATE} takes it in"


def depends_on_data(called: str) -> str:
    """A case whose counts would be others for other data, under an exact lock."""
    return (
        f"its counts depend on data, and {called} is exact: write data_dependent = 'worst', level = 'off', or another "
        "lock_policy"
    )


def other_conventions(lock: Lock, called: str) -> str:
    """A lock whose numbers were counted by another version's conventions."""
    if lock.conventions > CONVENTIONS:
        way_out = "bring pytest-flopbudget up to date"
    else:
        way_out = f"have it written anew by a run of all cases: {UPDATE}"
    return f"{called} was counted by conventions {lock.conventions}, and this version has {CONVENTIONS}: {way_out}"


def other_way(entry: Entry, verdict: Verdict, called: str) -> str:
    """An entry that was counted in another way than the verdict; empty for one that can be compared."""
    was, now = _counter(entry.backend), _counter(verdict.backend)
    if was != now:
        return f"{called} has what {was} counted, and {now} counted now: the two are not compared; {UPDATE} renews it"
    if entry.mode != verdict.mode:
        return f"{called} has mode {entry.mode!r}, and this is {verdict.mode!r}: not compared; {UPDATE} renews it"
    return ""


def _counter(backend: Backend) -> str:
    return "thop" if backend == "thop" else "pytest-flopbudget"


def _told(pair: Pair, *, approximate: bool) -> tuple[str, str, str]:
    metric = METRICS[pair.metric]
    now, before = format_pair(pair.now, pair.before, metric.unit)
    now = f"{about(now, approximate=approximate)}{metric.remark}"
    return f"{pair.module}: {now}" if pair.module else now, before, format_excess(pair.now, pair.before)


def _whose(pair: Pair) -> str:
    target = pair.name.partition("@")[2]
    return f" on {target}" if target else ""
