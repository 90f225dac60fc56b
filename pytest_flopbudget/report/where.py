"""Where a model's cost goes: the dearest modules, each with its share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.breakdown import Share, column_of, dearest, own_shares
from pytest_flopbudget.judge.checking import OF_A_MODULE
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import format_exact, noun
from pytest_flopbudget.report.text import WIDTH, shortened


def where_it_goes(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    """A table for each metric whose limit is not kept: of the whole case, or of the first module that is over."""
    subjects: dict[str, str] = {}
    # The case's own limits stand before those on its modules.
    for check in missed:
        if METRICS[check.limit.metric].is_of_memory or verdict.kind == "bundle":
            continue
        subjects.setdefault(column_of(check.limit.metric), check.module)
    tables = [_table(_inside(verdict, module), metric, module) for metric, module in subjects.items()]
    return [table for table in tables if table]


def share_rows(verdict: Verdict, shares: Sequence[Share], metric: str, width: int = WIDTH) -> list[str]:
    """A row a module: its path, what it costs, and its share of the whole case's cost."""
    unit, total = METRICS[metric].unit, verdict.metrics[metric]
    approximate = verdict.is_approximate(metric)
    counts = [about(format_exact(share.value), approximate=approximate) for share in shares]
    digits = max(map(len, counts))
    room = width - 2 - 2 - digits - 1 - len(noun(unit)) - 2 - len("100.0%")
    paths = [shortened(share.path or f"({root_of(verdict)})", room) for share in shares]
    column = max(map(len, paths))
    return [
        f"  {path:<{column}}  {count:>{digits}} {noun(unit)}  {_share(share.value, total):>6}"
        for path, count, share in zip(paths, counts, shares, strict=True)
    ]


def root_of(verdict: Verdict) -> str:
    """What stands where no module does: the model itself, or in a region what no module ran."""
    return "outside any module" if verdict.kind == "region" else "the model itself"


def _inside(verdict: Verdict, module: str) -> Verdict:
    """The verdict as if the module were the whole model."""
    if not module:
        return verdict
    rows = tuple(row for row in verdict.modules if f"{row.path}.".startswith(f"{module}."))
    return replace(verdict, modules=rows, metrics={metric: value(rows[0]) for metric, value in OF_A_MODULE.items()})


def _table(verdict: Verdict, metric: str, module: str) -> list[str]:
    shares = dearest(verdict.modules, metric)
    if not shares or not verdict.metrics.get(metric) or [share.path for share in shares] == [module or None]:
        return []
    number = len(own_shares(verdict.modules, metric))
    which = f"the {len(shares)} dearest of {number} modules" if number > len(shares) else "by module"
    of = f" of {module}" if module else ""
    return [f"Where the {noun(METRICS[metric].unit)}{of} go, {which}:", *share_rows(verdict, shares, metric)]


def _share(value: int, total: int) -> str:
    thousandths = (2000 * value + total) // (2 * total)
    return f"{thousandths // 10}.{thousandths % 10}%"
